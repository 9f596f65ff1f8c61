import { z } from 'zod'
import { type Address, parseAddress } from '../../values/address.js'
import { matchKey } from '../../values/alias.js'
import { isCurrency, parseAmount } from '../../values/money.js'

/** One account as the platform tells it. `null` or absent balance and factors are unknown. */
export type AccountRecord = {
  id: string
  address: Address
  matchKey: string
  status: string | null
  locale: string | null
  name: string | null
  antiPhishingPhrase: string | null
  wantsLinks: boolean | null
  balance: { value: string; currency: string } | null
  secondFactors: string[] | null
  password: string | null
}

const text = (most: number) =>
  z.string().max(most).refine(hasNoControls, 'holds control characters')
const amount = z.strictObject({
  value: z.string().refine((value) => parseAmount(value) !== undefined, 'balance_malformed'),
  currency: z.string().refine(isCurrency, 'currency_malformed'),
})

const shape = z.strictObject({
  id: text(128).min(1),
  address: z.string(),
  status: z.enum(['active', 'locked', 'closed']).nullish(),
  locale: z
    .string()
    .regex(/^[A-Za-z]{2,3}([-_][A-Za-z0-9]{2,8})*$/)
    .nullish(),
  name: text(200).nullish(),
  antiPhishingPhrase: text(64).nullish(),
  wantsLinks: z.boolean().nullish(),
  balance: amount.nullish(),
  secondFactors: z.array(text(32).min(1)).max(10).nullish(),
  password: z.string().min(1).max(1024).nullish(),
})

export type RecordReading = { record: AccountRecord } | { rejected: string }

/**
 * Reads one account from parsed JSON. Ids stay strings, whatever they look like. The rejection names
 * the field and what is wrong with it, never the value.
 */
export function readRecord(json: unknown): RecordReading {
  const parsed = shape.safeParse(json)
  if (!parsed.success) return { rejected: rejectionOf(parsed.error) }
  const address = parseAddress(parsed.data.address)
  if ('rejected' in address) return { rejected: `address: ${address.rejected}` }
  const {
    id,
    status,
    locale,
    name,
    antiPhishingPhrase,
    wantsLinks,
    balance,
    secondFactors,
    password,
  } = parsed.data
  return {
    record: {
      id,
      address: address.address,
      matchKey: matchKey(address.address),
      status: status ?? null,
      locale: locale ?? null,
      name: name ?? null,
      antiPhishingPhrase: antiPhishingPhrase || null,
      wantsLinks: wantsLinks ?? null,
      balance: balance ?? null,
      secondFactors: secondFactors ?? null,
      password: password ?? null,
    },
  }
}

function rejectionOf(error: z.ZodError): string {
  const [first] = error.issues
  if (!first) return 'malformed'
  if (first.code === 'unrecognized_keys')
    return `unknown field ${first.keys.map((key) => key.slice(0, 40)).join(', ')}`
  return `${first.path.join('.') || 'account'}: ${first.message}`
}

function hasNoControls(value: string): boolean {
  return !/\p{Cc}/u.test(value)
}

const COLUMNS: Record<string, string> = {
  id: 'id',
  account_id: 'id',
  address: 'address',
  email: 'address',
  status: 'status',
  locale: 'locale',
  name: 'name',
  anti_phishing_phrase: 'antiPhishingPhrase',
  wants_links: 'wantsLinks',
  balance: 'balance',
  currency: 'currency',
  second_factors: 'secondFactors',
  password: 'password',
}

/** The fields a CSV header stands for; refuses nothing, unknown columns come back as such. */
export function readHeader(cells: readonly string[]): { fields: string[]; unknown: string[] } {
  const fields = cells.map((cell) => COLUMNS[cell.trim().toLowerCase()] ?? '')
  return { fields, unknown: cells.filter((_, index) => fields[index] === '') }
}

/**
 * A CSV row as JSON of the same form. An empty cell is unknown; `none` in `second_factors` is known
 * to be none, several are separated by `|`.
 */
export function fromCells(fields: readonly string[], cells: readonly string[]): unknown {
  const cell: Record<string, string> = {}
  fields.forEach((field, index) => {
    const value = cells[index]?.trim() ?? ''
    if (field !== '' && value !== '') cell[field] = value
  })
  const { balance, currency, secondFactors, wantsLinks, ...plain } = cell
  return {
    ...plain,
    ...(balance === undefined ? {} : { balance: { value: balance, currency: currency ?? 'USD' } }),
    ...(secondFactors === undefined
      ? {}
      : { secondFactors: secondFactors === 'none' ? [] : secondFactors.split('|') }),
    ...(wantsLinks === undefined ? {} : { wantsLinks: wantsLinks !== 'false' }),
  }
}
