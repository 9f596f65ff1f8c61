import { readRecord } from '../../../src/accounts/import/record.js'
import { type AccountJson, demoAccounts } from '../../../src/demo/data/accounts.js'
import { parseAddress } from '../../../src/values/address.js'
import { matchKey } from '../../../src/values/alias.js'

const accounts = [...demoAccounts({ seed: 1 })]
const shareOf = (holds: (account: AccountJson) => boolean) =>
  accounts.filter(holds).length / accounts.length

test('the same seed gives the same bytes, another seed others', () => {
  const text = JSON.stringify(accounts)
  expect(JSON.stringify([...demoAccounts({ seed: 1 })])).toBe(text)
  expect(JSON.stringify([...demoAccounts({ seed: 2 })])).not.toBe(text)
})

test('a larger directory begins with the smaller one', () => {
  expect([...demoAccounts({ count: 300, seed: 1 })]).toEqual(accounts.slice(0, 300))
})

test('there are 5,000 unless told otherwise', () => {
  expect(accounts).toHaveLength(5_000)
  expect([...demoAccounts({ count: 0, seed: 1 })]).toEqual([])
})

test('the import accepts every account as it is', () => {
  const readings = accounts.map(readRecord)
  const records = readings.flatMap((reading) => ('record' in reading ? [reading.record] : []))
  expect(readings.filter((reading) => 'rejected' in reading)).toEqual([])
  expect(records.map(({ matchKey: _key, password: _password, ...told }) => told)).toEqual(accounts)
})

test('ids, addresses and match keys are unique in 200,000', () => {
  const ids = new Set<string>()
  const addresses = new Set<string>()
  const keys = new Set<string>()
  for (const { id, address } of demoAccounts({ count: 200_000, seed: 9 })) {
    ids.add(id)
    addresses.add(address)
    const parsed = parseAddress(address)
    if ('address' in parsed) keys.add(matchKey(parsed.address))
  }
  expect([ids.size, addresses.size, keys.size]).toEqual([200_000, 200_000, 200_000])
})

test('mail to an account reaches nobody', () => {
  const reserved =
    /(?:@example\.(?:com|net|org)|\.example|\.test|\.xn--(?:zckzah|0zwm56d|9t4b11yi5a|80akhbyknj4f|kgbechtv))$/
  for (const { address } of accounts) {
    const [local = '', domain] = address.split('@')
    // Gmail has no names of more than 30 characters, dots not counted.
    if (domain === 'gmail.com') expect(local.replaceAll('.', '').length).toBeGreaterThan(30)
    else expect(address).toMatch(reserved)
  }
})

test.each<[string, number, (account: AccountJson) => boolean]>([
  ['no second factor', 0.45, (account) => account.secondFactors?.length === 0],
  ['codes', 0.35, (account) => String(account.secondFactors) === 'totp'],
  ['a security key', 0.05, (account) => account.secondFactors?.includes('webauthn') === true],
  ['unknown factors', 0.15, (account) => account.secondFactors === null],
  ['nothing in it', 0.3, (account) => account.balance?.value === '0'],
  ['value in it', 0.55, (account) => Number(account.balance?.value ?? '0') > 0],
  ['an unknown balance', 0.15, (account) => account.balance === null],
  ['a phrase against phishing', 0.08, (account) => account.antiPhishingPhrase !== null],
  ['mail without links', 0.03, (account) => !account.wantsLinks],
  ['aliases', 0.005, (account) => account.address.endsWith('@gmail.com')],
  ['English', 0.24, (account) => account.locale === 'en'],
])('%s: about %d of the accounts', (_what, share, holds) => {
  expect(Math.abs(shareOf(holds) - share)).toBeLessThan(0.02)
})

test('the rare kinds are there', () => {
  expect(new Set(accounts.map(({ status }) => status))).toEqual(
    new Set(['active', 'locked', 'closed']),
  )
  expect(accounts.some(({ address }) => /^[^@]*[^\0-\x7f]/.test(address))).toBe(true)
  expect(accounts.some(({ address }) => address.includes('@xn--'))).toBe(true)
  expect(new Set(accounts.map(({ locale }) => locale)).size).toBe(12)
})

test('balances have a long tail', () => {
  const values = accounts
    .filter(({ balance }) => balance?.currency === 'USDT' && balance.value !== '0')
    .map(({ balance }) => Number(balance?.value))
    .sort((a, b) => a - b)
  const median = values[Math.floor(values.length / 2)] ?? 0
  expect(median).toBeLessThan(1_000)
  expect(values.at(-1)).toBeGreaterThan(median * 500)
})
