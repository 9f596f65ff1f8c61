import { fromCells, readHeader, readRecord } from '../../../src/accounts/import/record.js'

const told = (over: Record<string, unknown> = {}) => ({
  id: 'acc-1',
  address: 'mara@shop.example',
  ...over,
})

const record = (over: Record<string, unknown> = {}) => {
  const reading = readRecord(told(over))
  if ('rejected' in reading) throw new Error(reading.rejected)
  return reading.record
}

const reasonOf = (json: unknown) => {
  const reading = readRecord(json)
  return 'rejected' in reading ? reading.rejected : 'accepted'
}

test.each([
  ['absent', {}],
  ['null', { balance: null, secondFactors: null }],
])('balance and factors that are %s stay unknown', (_rule, over) => {
  expect(record(over)).toMatchObject({ balance: null, secondFactors: null })
})

test('an empty list of factors is known to be none; a balance of 0 is known to be zero', () => {
  expect(record({ secondFactors: [], balance: { value: '0', currency: 'USD' } })).toMatchObject({
    secondFactors: [],
    balance: { value: '0', currency: 'USD' },
  })
})

test.each([['0'], ['0.00'], ['12.50'], ['0.000000000000000001'], ['999999999999999999999999']])(
  'a balance of %s is kept digit by digit',
  (value) => {
    expect(record({ balance: { value, currency: 'BTC' } }).balance?.value).toBe(value)
  },
)

test.each([
  ['-1'],
  ['-0'],
  ['+1'],
  ['1e3'],
  ['1E-8'],
  ['.5'],
  ['1.'],
  ['1,000'],
  ['0x10'],
  ['NaN'],
  ['Infinity'],
  [''],
  [' 1'],
  ['١٢'],
  ['1'.repeat(25)],
  [5],
  [-5],
])('a balance of %j is refused', (value) => {
  expect(reasonOf(told({ balance: { value, currency: 'USD' } }))).toMatch(/^balance\.value: /)
})

test.each<[string, Record<string, unknown>, RegExp]>([
  ['no id', { id: undefined }, /^id: /],
  ['an empty id', { id: '' }, /^id: /],
  ['an id that is a number', { id: 5 }, /^id: /],
  ['an id with a control character', { id: 'a\0' }, /^id: .*control/],
  ['an address that is none', { address: 'mara' }, /^address: no_at_sign/],
  ['no address', { address: undefined }, /^address: /],
  ['a balance as a number', { balance: 5 }, /^balance: /],
  ['a balance without currency', { balance: { value: '5' } }, /^balance\.currency: /],
  [
    'a currency in small letters',
    { balance: { value: '5', currency: 'usd' } },
    /^balance\.currency: currency_malformed/,
  ],
  ['an unknown status', { status: 'asleep' }, /^status: /],
  ['factors as a text', { secondFactors: 'totp' }, /^secondFactors: /],
  ['an empty factor', { secondFactors: [''] }, /^secondFactors\.0: /],
  ['an unknown field', { vip: true }, /unknown field vip/],
  ['a name with a line break', { name: 'Mara\nBcc: x' }, /^name: .*control/],
  [
    'a phrase with a control character',
    { antiPhishingPhrase: 'blue\u0007' },
    /^antiPhishingPhrase: /,
  ],
  ['a locale that is a path', { locale: '../../etc' }, /^locale: /],
])('%s is refused by the name of the field', (_rule, over, reason) => {
  expect(reasonOf(told(over))).toMatch(reason)
})

test.each([[null], [[]], ['x'], [5], [undefined]])('%j is no account', (json) => {
  expect(reasonOf(json)).not.toBe('accepted')
})

test('a rejection never repeats a value', () => {
  expect(reasonOf(told({ balance: { value: '-1234.5', currency: 'USD' } }))).not.toContain('1234')
  expect(reasonOf(told({ address: 'mara at shop.example' }))).not.toContain('mara')
})

test('a long id of digits stays a text', () => {
  expect(record({ id: '-4324475583306591935' }).id).toBe('-4324475583306591935')
})

describe('CSV', () => {
  const read = (header: string, row: string) =>
    fromCells(readHeader(header.split(',')).fields, row.split(','))

  test.each<[string, string, string, object]>([
    [
      'an empty cell is unknown',
      'id,email,balance,second_factors',
      'a,a@b.example,,',
      { id: 'a', address: 'a@b.example' },
    ],
    [
      'none means known to be none',
      'id,address,second_factors',
      'a,a@b.example,none',
      { secondFactors: [] },
    ],
    [
      'several factors are joined by |',
      'id,address,second_factors',
      'a,a@b.example,totp|sms',
      { secondFactors: ['totp', 'sms'] },
    ],
    [
      'a balance is in USD unless it says otherwise',
      'id,address,balance',
      'a,a@b.example,5',
      { balance: { value: '5', currency: 'USD' } },
    ],
    [
      'a balance in its currency',
      'id,address,balance,currency',
      'a,a@b.example,5,EUR',
      { balance: { value: '5', currency: 'EUR' } },
    ],
    [
      'columns are found by name, in any order',
      'BALANCE,Email,Account_ID',
      '0,a@b.example,a',
      { id: 'a', balance: { value: '0', currency: 'USD' } },
    ],
    [
      'a row that is too short leaves the rest unknown',
      'id,address,balance',
      'a,a@b.example',
      { id: 'a' },
    ],
  ])('%s', (_rule, header, row, json) => {
    expect(read(header, row)).toMatchObject(json)
    expect(reasonOf(read(header, row))).toBe('accepted')
  })

  test('an unknown balance does not become zero, nor unknown factors none', () => {
    const json = read('id,address,balance,second_factors', 'a,a@b.example,,')
    expect(json).not.toHaveProperty('balance')
    expect(json).not.toHaveProperty('secondFactors')
  })

  test('columns Cordon does not know are named', () => {
    expect(readHeader(['id', 'email', 'shoe_size']).unknown).toEqual(['shoe_size'])
  })
})
