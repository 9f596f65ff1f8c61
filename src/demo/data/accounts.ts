import { inventAddress, inventPerson, nameOf } from './person.js'
import { type Random, randomFrom, weighted } from './random.js'

/** An account in the form `readRecord` takes; `null` balance and factors are unknown. */
export type AccountJson = {
  id: string
  address: string
  status: 'active' | 'locked' | 'closed'
  locale: string
  name: string
  antiPhishingPhrase: string | null
  wantsLinks: boolean
  balance: { value: string; currency: string } | null
  secondFactors: string[] | null
}

const DEFAULT_COUNT = 5_000

/** How many in a hundred accounts have which second factors. */
const FACTORS = weighted<readonly string[] | null>(
  [45, []],
  [35, ['totp']],
  [4, ['webauthn']],
  [1, ['webauthn', 'totp']],
  [15, null],
)
const BALANCES = weighted<'zero' | 'nonzero' | 'unknown'>(
  [30, 'zero'],
  [55, 'nonzero'],
  [15, 'unknown'],
)
const STATUSES = weighted<AccountJson['status']>([197, 'active'], [2, 'locked'], [1, 'closed'])
const PHRASE_SHARE = 0.08
const NO_LINKS_SHARE = 0.03

const PHRASES = [
  ...['Blue heron at dawn', 'paper lantern 42', 'Mein Fahrrad ist rot', '夏の終わりの海'],
  ...['el faro azul', '별이 빛나는 밤', 'зимний сад', 'القمر فوق البحر', '茶 & 雨', 'Ünlü çınar'],
]

type Currency = {
  currency: string
  decimals: number
  /** Digits before the point; small balances are many, large ones few. */
  digits: readonly number[]
}

const LONG_TAIL = weighted([14, 1], [24, 2], [30, 3], [20, 4], [8, 5], [3, 6], [1, 7])
const COINS = weighted([80, 0], [17, 1], [3, 2])
/** Of balances below one unit, at most so many digits after the point are zero, less one. */
const SMALLEST = 5
const CURRENCIES = weighted<Currency>(
  [45, { currency: 'BTC', decimals: 8, digits: COINS }],
  [30, { currency: 'USDT', decimals: 6, digits: LONG_TAIL }],
  [15, { currency: 'USD', decimals: 2, digits: LONG_TAIL }],
  [6, { currency: 'EUR', decimals: 2, digits: LONG_TAIL }],
  [4, { currency: 'ETH', decimals: 18, digits: COINS }],
)

/**
 * The accounts of an invented exchange, one after the other: five million take no more memory than
 * one. The same seed gives the same accounts, and a larger count the same ones with others after
 * them. Ids and addresses are unique, addresses in their comparable form and nobody's.
 */
export function* demoAccounts({
  count = DEFAULT_COUNT,
  seed,
}: {
  count?: number
  seed: number
}): Generator<AccountJson> {
  const random = randomFrom(seed, 'accounts')
  for (let serial = 1; serial <= count; serial++) yield inventAccount(serial, random)
}

function inventAccount(serial: number, random: Random): AccountJson {
  const person = inventPerson(random)
  const factors = random.pick(FACTORS)
  return {
    id: `acc_${String(serial).padStart(7, '0')}`,
    address: inventAddress(person, serial, random),
    status: random.pick(STATUSES),
    locale: person.people.locale,
    name: nameOf(person),
    antiPhishingPhrase: random.chance(PHRASE_SHARE) ? random.pick(PHRASES) : null,
    wantsLinks: !random.chance(NO_LINKS_SHARE),
    balance: inventBalance(random),
    secondFactors: factors && [...factors],
  }
}

function inventBalance(random: Random): AccountJson['balance'] {
  const kind = random.pick(BALANCES)
  if (kind === 'unknown') return null
  const { currency, decimals, digits } = random.pick(CURRENCIES)
  if (kind === 'zero') return { value: '0', currency }
  const whole = drawDigits(random.pick(digits), random)
  const zeros = whole === '0' ? random.below(Math.min(decimals, SMALLEST)) : 0
  const fraction = drawDigits(decimals - zeros, random).padStart(decimals, '0')
  return { value: `${whole}.${fraction}`, currency }
}

/** Up to `length` digits without leading zeros, the last of them never zero. */
function drawDigits(length: number, random: Random): string {
  if (length === 0) return '0'
  const high = length > 9 ? String(random.below(10 ** (length - 9))) : ''
  const low = random.below(10 ** Math.min(length - 1, 8)) * 10 + 1 + random.below(9)
  return high === '' || high === '0' ? String(low) : high + String(low).padStart(9, '0')
}
