import fc from 'fast-check'
import { ipv4Text, parseIp, parseNetwork } from '../../../src/platform/ip.js'

const groups = fc.array(fc.integer({ min: 0, max: 0xffff }), { minLength: 8, maxLength: 8 })
const hex = (values: readonly number[]) => values.map((group) => group.toString(16)).join(':')
const dotted = (values: readonly number[]) =>
  values.flatMap((group) => [group >> 8, group & 255]).join('.')

test.each([
  ['0.0.0.0', [0]],
  ['255.255.255.255', [0xffff_ffff]],
  ['192.0.2.1', [0xc000_0201]],
  ['::', [0, 0, 0, 0]],
  ['::1', [0, 0, 0, 1]],
  ['1::', [0x10000, 0, 0, 0]],
  ['2001:DB8::8:800:200C:417A', [0x20010db8, 0, 0x00080800, 0x200c417a]],
  ['64:ff9b::192.0.2.33', [0x0064ff9b, 0, 0, 0xc0000221]],
  ['ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff', new Array(4).fill(0xffff_ffff)],
])('%s is read', (text, words) => expect(parseIp(text)).toEqual(words))

test.each([
  ['::ffff:192.0.2.1'],
  ['::FFFF:C000:0201'],
  ['0:0:0:0:0:ffff:192.0.2.1'],
  ['0000:0000:0000:0000:0000:ffff:c000:0201'],
])('%s is the IPv4 address it stands for', (text) =>
  expect(parseIp(text)).toEqual(parseIp('192.0.2.1')),
)

test.each([
  [''],
  ['1.2.3'],
  ['1.2.3.4.5'],
  ['1.2.3.256'],
  ['01.2.3.4'],
  ['0x1.2.3.4'],
  [' 1.2.3.4'],
  ['1:2:3:4:5:6:7'],
  ['1::2::3'],
  ['12345::'],
  ['::ffff:192.0.2.1.1'],
  ['fe80::1%eth0'],
  ['[::1]'],
  ['1.2.3.4/32'],
])('"%s" is no address', (text) => expect(parseIp(text)).toBeUndefined())

test('one IPv6 address has one form in words, however it is written', () => {
  fc.assert(
    fc.property(groups, (values) => {
      const whole = parseIp(hex(values))
      expect(parseIp(hex(values).toUpperCase())).toEqual(whole)
      expect(parseIp(`${hex(values.slice(0, 6))}:${dotted(values.slice(6))}`)).toEqual(whole)
      expect(parseIp(new URL(`http://[${hex(values)}]`).hostname.slice(1, -1))).toEqual(whole)
    }),
  )
})

test('an IPv4 address is written as it is read', () => {
  fc.assert(fc.property(fc.ipV4(), (ip) => expect(ipv4Text(parseIp(ip)?.[0] ?? -1)).toBe(ip)))
})

test.each([
  ['192.0.2.77/24', '192.0.2.0', '192.0.2.255'],
  ['192.0.2.1', '192.0.2.1', '192.0.2.1'],
  ['192.0.2.1/32', '192.0.2.1', '192.0.2.1'],
  ['1.2.3.4/0', '0.0.0.0', '255.255.255.255'],
  ['2001:db8::/33', '2001:db8::', '2001:db8:7fff:ffff:ffff:ffff:ffff:ffff'],
  ['2001:db8::1/128', '2001:db8::1', '2001:db8::1'],
  ['2001:db8::1/0', '::', 'ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff'],
  ['::ffff:192.0.2.0/120', '192.0.2.0', '192.0.2.255'],
])('the network %s reaches from %s to %s', (text, first, last) =>
  expect(parseNetwork(text)).toEqual({ first: parseIp(first), last: parseIp(last) }),
)

test.each([
  ['192.0.2.0/33'],
  ['192.0.2.0/'],
  ['192.0.2.0/-1'],
  ['192.0.2.0/255.255.255.0'],
  ['192.0.2.0/24/24'],
  ['192.0.2/24'],
  ['2001:db8::/129'],
  ['2001:db8::/1e1'],
  ['example.com/24'],
])('"%s" is no network', (text) => expect(parseNetwork(text)).toBeUndefined())
