import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import PostalMime from 'postal-mime'
import type { Batch, Entry, ListFormat } from '../../src/exposures/entry.js'
import { readList } from '../../src/exposures/read-list.js'
import { parseAddress } from '../../src/values/address.js'
import { describeCorpus, listFixtures, readFixture } from './fixtures.js'

type Leak = { format: ListFormat | undefined; batches: Batch[]; entries: Entry[] }

/** Everything a file names; a file that names nobody is refused, which is an empty leak here. */
async function readLeak(content: Buffer, name = 'leak'): Promise<Leak> {
  const leak: Leak = { format: undefined, batches: [], entries: [] }
  try {
    const { format, batches: pages } = await readList(once(content), { name })
    leak.format = format
    for await (const page of pages) {
      leak.batches.push(...page.batches)
      leak.entries.push(...page.entries)
    }
  } catch (refused) {
    expect(refused).toMatchObject({ code: 'file_without_addresses' })
  }
  return leak
}

async function* once(content: Buffer) {
  yield content
}

const addressesOf = ({ entries }: Leak) =>
  entries.flatMap((entry) => (entry.kind === 'address' ? [entry.address as string] : []))

/** Those that our policy accepts, in their comparable form. */
const acceptable = (written: readonly string[]) =>
  written.flatMap((raw) => {
    const parsed = parseAddress(raw)
    return 'address' in parsed ? [parsed.address as string] : []
  })

const sorted = (addresses: readonly string[]) => [...new Set(addresses)].sort()

type Mailbox = { address: string | null }
type Expected = { List?: Mailbox[]; Group?: { addresses: Mailbox[] }[] }

const mailboxesOf = ({ List = [], Group = [] }: Expected): string[] =>
  [...List, ...Group.flatMap((group) => group.addresses)].flatMap(({ address }) => address ?? [])

describeCorpus('stalwart-mail-parser', (dir) => {
  const headers: { header: string; expected: Expected }[] = JSON.parse(
    readFixture(dir, 'address-half.json'),
  )

  test.each(headers)('recipients of $header', async ({ header, expected }) => {
    const leak = await readLeak(Buffer.from(`To: ${header.trimEnd()}\n\n`), 'leak.eml')
    // RFC 5322 §4.4 allows blanks around the dots of a domain; stalwart keeps them in the address.
    const written = mailboxesOf(expected).map((address) => address.replace(/\s*\.\s+/g, '.'))
    expect(addressesOf(leak)).toEqual(acceptable(written))
  })

  const messages = listFixtures(dir, (path) => path.endsWith('.eml'))

  test.each(messages)('recipients and time of %s, with LF and with CR LF', async (path) => {
    const { parts } = JSON.parse(readFixture(dir, path.replace('.eml', '.json')))
    const fields: { name: string; value: Record<string, Expected & StalwartDate> }[] =
      parts[0].headers
    const recipients = fields.filter(({ name }) => /^(resent_)?(to|cc|bcc)$/.test(name))
    const expected = acceptable(recipients.flatMap(({ value }) => mailboxesOf(value.Address ?? {})))
    const date = fields.find(({ name }) => name === 'date')?.value.DateTime
    const lf = readFixture(dir, path)
    for (const text of [lf, lf.replaceAll('\n', '\r\n')]) {
      const leak = await readLeak(Buffer.from(text), path)
      expect(addressesOf(leak)).toEqual(expected)
      if (date && leak.batches[0]) expect(leak.batches[0].at).toEqual(instantOf(date))
    }
  })
})

type StalwartDate = {
  [part in
    | 'year'
    | 'month'
    | 'day'
    | 'hour'
    | 'minute'
    | 'second'
    | 'tz_hour'
    | 'tz_minute']: number
} & { tz_before_gmt: boolean }

function instantOf(date: StalwartDate): Date {
  const sign = date.tz_before_gmt ? 1 : -1
  const hour = date.hour + sign * date.tz_hour
  const minute = date.minute + sign * date.tz_minute
  return new Date(Date.UTC(date.year, date.month - 1, date.day, hour, minute, date.second))
}

/** Why our recipients may differ from those postal-mime names; judged by the header alone. */
const DIFFERENCES: readonly { rule: string; explains: (header: string) => boolean }[] = [
  {
    rule: 'resent recipients count',
    explains: (header) => /^Resent-(?:To|Cc|Bcc):/im.test(header),
  },
  { rule: 'comments and blanks inside addresses are read', explains: hasSpaciousAddress },
  {
    rule: 'addresses without a comma are rejected',
    explains: (header) => /^To: \S+@\S+ \S+@/im.test(header),
  },
]

/** Blanks, comments or a broken fold within an address field (RFC 5322 appendix A.5 and A.6.3). */
function hasSpaciousAddress(header: string): boolean {
  return /^(?:To|Cc)\s*:.*(?:@\s*\(|\s\.\s| {2,}\.)|^To\s{2,}:/im.test(header)
}

/** Unfolded: every field on one line. */
function headerOf(message: string): string {
  const header = message.replace(/\r\n?/g, '\n').split('\n\n', 1)[0] ?? ''
  return header.replace(/\n[ \t]+/g, ' ')
}

async function namedByPostalMime(message: Buffer): Promise<string[]> {
  const bare = message.toString('latin1').replace(/^From [^\n]*\n/, '')
  const { to, cc, bcc } = await PostalMime.parse(Buffer.from(bare, 'latin1'))
  const members = [...(to ?? []), ...(cc ?? []), ...(bcc ?? [])]
  return members.flatMap((member) =>
    (member.group ?? [member]).flatMap(({ address }) => address ?? []),
  )
}

const explained = new Set<string>()

describe.each(['ruby-mail', 'mimekit', 'stalwart-mail-parser', 'sisimai-bounces'])(
  '%s',
  (folder) => {
    describeCorpus(folder, (dir) => {
      const isMessage = (path: string) => /\.(?:eml|txt)$/.test(path) && !/mbox|LICEN/.test(path)

      test.each(listFixtures(dir, isMessage))(
        '%s: postal-mime names the same recipients',
        async (path) => {
          const message = readFileSync(join(dir, path))
          const leak = await readLeak(message)
          const ours = sorted(addressesOf(leak))
          const theirs = sorted(acceptable(await namedByPostalMime(message)))
          if (ours.join() === theirs.join()) return
          const difference = DIFFERENCES.find(({ explains }) =>
            explains(headerOf(message.toString('latin1'))),
          )
          expect({ path, ours, theirs, because: difference?.rule }).toMatchObject({
            because: expect.any(String),
          })
          explained.add(difference?.rule ?? '')
        },
      )

      test.each(listFixtures(dir, isMessage))(
        '%s: every recipient stands on its line',
        async (path) => {
          const message = readFileSync(join(dir, path))
          const lines = message.toString('utf8').split(/\r\n?|\n/)
          for (const entry of (await readLeak(message)).entries) {
            if (entry.kind !== 'address') continue
            const local = entry.address.split('@')[0] ?? ''
            expect(lines[entry.line - 1]?.toLowerCase()).toContain(local)
          }
        },
      )
    })
  },
)

describeCorpus('ruby-mail', () => {
  test('every kind of difference occurs', () => {
    expect([...explained].sort()).toEqual(DIFFERENCES.map(({ rule }) => rule).sort())
  })
})

describeCorpus('mimekit', (dir) => {
  const folder = join(dir, 'UnitTests/TestData/mbox')

  test.each([
    ['content-length.mbox.txt', 29],
    ['issue1189.mbox.txt', 4],
    ['simple.mbox.txt', 3],
  ])('%s holds %i messages, each a batch with a time', async (name, count) => {
    const { format, batches } = await readLeak(readFileSync(join(folder, name)))
    expect(format).toBe('mbox')
    expect(batches.map(({ no }) => no)).toEqual(Array.from({ length: count }, (_, n) => n + 1))
    expect(batches.every(({ at }) => at !== undefined)).toBe(true)
  })

  test('body lines that begin with From do not begin a message', async () => {
    const body = readFileSync(join(folder, 'unmunged.mbox.txt'), 'utf8')
    const isFrom = (line: string) => line.startsWith('From ')
    expect(body.split('\n').filter(isFrom)).toHaveLength(3)
    const { batches } = await readLeak(Buffer.from(body.replaceAll('\nFrom: ', '\nTo: ')))
    expect(batches).toHaveLength(2)
  })
})
