import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { readConfig } from '../../../src/config.js'
import type { Refusal } from '../../../src/platform/errors.js'
import { parseIp } from '../../../src/platform/ip.js'
import { type ListedNetworks, readListedNetworks } from '../../../src/platform/listed-networks.js'

let dir: string
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'cordon-lists-'))
})
afterEach(() => rmSync(dir, { recursive: true }))

function list(name: string, text: string | Buffer) {
  writeFileSync(join(dir, `${name}.txt`), text)
  return { name, path: join(dir, `${name}.txt`) }
}
const files = (...found: ReturnType<typeof list>[]): ListedNetworks => ({
  kind: 'files',
  files: found,
})
const folder = (path = dir): ListedNetworks => ({ kind: 'folder', path })
const listed = async (lists: ListedNetworks, ip: string) =>
  (await readListedNetworks(lists))(parseIp(ip)!)

async function refusal(lists: ListedNetworks): Promise<Refusal> {
  return readListedNetworks(lists).then(
    () => {
      throw new Error('The lists were accepted')
    },
    (refused: Refusal) => refused,
  )
}

test('a list may hold comments, blank lines, blanks around a line and the line ends of any system', async () => {
  const text =
    '\ufeff# exits\r\n\r\n  192.0.2.1  \r\n2001:db8::/32 ; SBL1\n\t198.51.100.0/24# all\n;end'
  const lists = files(list('tor', text))
  expect(await listed(lists, '192.0.2.1')).toBe('tor')
  expect(await listed(lists, '2001:db8:ffff::1')).toBe('tor')
  expect(await listed(lists, '198.51.100.255')).toBe('tor')
  expect(await listed(lists, '192.0.2.2')).toBeNull()
})

test('a list may be empty', async () =>
  expect(await listed(files(list('tor', '# none today\n')), '192.0.2.1')).toBeNull())

test('of several lists that hold an address the first one names it', async () => {
  const [wide, narrow] = [list('vpn', '192.0.2.0/24'), list('tor', '192.0.2.1')]
  expect(await listed(files(wide, narrow), '192.0.2.1')).toBe('vpn')
  expect(await listed(files(narrow, wide), '192.0.2.1')).toBe('tor')
  expect(await listed(files(narrow, wide), '192.0.2.2')).toBe('vpn')
  expect(await listed(folder(), '192.0.2.1')).toBe('tor')
})

test('one list may be spread over several files', async () => {
  const ipv4 = list('ipv4', '192.0.2.1')
  const ipv6 = list('ipv6', '2001:db8::1')
  const lists = files({ ...ipv4, name: 'vpn' }, { ...ipv6, name: 'vpn' })
  expect(await listed(lists, '192.0.2.1')).toBe('vpn')
  expect(await listed(lists, '2001:db8::1')).toBe('vpn')
})

test('of a folder only the visible .txt files are lists', async () => {
  list('tor', '192.0.2.1')
  writeFileSync(join(dir, 'README.md'), 'Not a list')
  writeFileSync(join(dir, '._tor.txt'), 'Not a list')
  expect(await listed(folder(), '192.0.2.1')).toBe('tor')
})

test.each([
  ['text', '192.0.2.1\nexample.com\n', 2],
  ['a prefix too long', '# head\n\n192.0.2.0/33', 3],
  ['two addresses', '192.0.2.1 192.0.2.2', 1],
  ['binary', Buffer.from([0x00, 0x01, 0x02, 0xff]), 1],
  ['UTF-16', Buffer.from('\ufeff192.0.2.1\n', 'utf16le'), 1],
])('a line with %s is refused by file and number, and not repeated', async (_, text, line) => {
  const broken = list('tor', text)
  const refused = await refusal(files(broken))
  expect(refused.code).toBe('configuration_invalid')
  expect(refused.detail).toContain(`LISTED_NETWORKS: ${broken.path}, line ${line},`)
  expect(refused.detail).not.toContain('example.com')
})

test('all lists that cannot be used are reported at once', async () => {
  const refused = await refusal(
    files(list('tor', 'x'), list('vpn', '192.0.2.1'), { name: 'dc', path: join(dir, 'none') }),
  )
  expect(refused.options.errors).toHaveLength(2)
  expect(refused.detail).toMatch(/tor\.txt, line 1[\s\S]*none cannot be read/)
})

test('a folder that is missing, holds no list or a misnamed one is refused', async () => {
  expect((await refusal(folder(join(dir, 'none')))).detail).toContain('is not a folder')
  mkdirSync(join(dir, 'empty'))
  expect((await refusal(folder(join(dir, 'empty')))).detail).toContain('holds no list')
  list('Tor exits', '192.0.2.1')
  expect((await refusal(folder())).detail).toContain('rename')
})

test('LISTED_NETWORKS names files or a folder', () => {
  const read = (value: string) => readConfig({ LISTED_NETWORKS: value }).geo.listedNetworks
  expect(read('tor=/etc/tor.txt, vpn = a=b.txt')).toEqual({
    kind: 'files',
    files: [
      { name: 'tor', path: '/etc/tor.txt' },
      { name: 'vpn', path: resolve('a=b.txt') },
    ],
  })
  expect(read('/etc/cordon/networks')).toEqual({ kind: 'folder', path: '/etc/cordon/networks' })
  expect(readConfig({}).geo.listedNetworks).toBeUndefined()
})

test.each([
  ['tor='],
  ['=/etc/tor.txt'],
  ['Tor=/etc/tor.txt'],
  ['tor=/etc/tor.txt,/etc/vpn.txt'],
  ['tor=/etc/tor.txt,'],
])('LISTED_NETWORKS=%s is refused by name', (value) =>
  expect(() => readConfig({ LISTED_NETWORKS: value })).toThrow('  LISTED_NETWORKS: must be'),
)
