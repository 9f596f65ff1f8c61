import { z } from 'zod'
import { Refusal } from '../../platform/errors.js'
import { type Limits, PROVIDERS, type Provider, UNKNOWN_LIMITS } from './providers.js'

/** Everything that decides how fast mail leaves, as plain data in a fixed order: fit for a digest. */
export type Shaping = {
  providers: readonly Provider[]
  /** For lanes that are no provider's. */
  unknown: Limits
  /** What the server of `SMTP_URL` takes of all lanes together. */
  all: Pick<Limits, 'rate' | 'burst'>
  /** The part of each lane that mail of sweeps leaves to everyday mail, from 0 to 1. */
  everydayShare: number
}

/** A rate that is none: the row of all lanes is neither read nor charged from here on. */
const UNLIMITED = 1_000_000
const CONNECTIONS_AT_MOST = 10_000

export const SHAPING: Shaping = {
  providers: PROVIDERS.toSorted(byName),
  unknown: UNKNOWN_LIMITS,
  all: { rate: UNLIMITED, burst: 1 },
  everydayShare: 0.1,
}

/** For a mailbox of our own, which takes what it is given whatever the domain. */
export function unpaced({ providers, unknown, ...shaping }: Shaping): Shaping {
  const limits = { rate: UNLIMITED, connections: CONNECTIONS_AT_MOST }
  return {
    ...shaping,
    providers: providers.map((provider) => ({ ...provider, ...limits })),
    unknown: { ...unknown, ...limits },
  }
}

/** The limits of one lane. */
export function limitsOf(lane: string, { providers, unknown }: Shaping): Limits {
  return providers.find(({ name }) => name === lane) ?? unknown
}

const rate = z
  .number()
  .min(1 / 3600, 'at least one message an hour')
  .max(UNLIMITED)
const count = z.number().int().min(1).max(CONNECTIONS_AT_MOST)
const host = z
  .string()
  .regex(
    /^[a-z0-9-]+(?:\.[a-z0-9-]+)*$/,
    'must be a name in lower case without a dot at either end, such as mail.example.com',
  )
const limits = {
  rate: rate.optional(),
  burst: count.optional(),
  connections: count.optional(),
  messagesPerConnection: count.optional(),
}
const File = z.strictObject({
  providers: z
    .array(
      z.strictObject({
        name: z
          .string()
          .regex(/^[a-z][a-z0-9_]{0,40}$/, 'must be letters, digits and _, such as my_provider'),
        mxSuffixes: z.array(host).optional(),
        domains: z.array(host).optional(),
        source: z.string().max(500).optional(),
        ...limits,
      }),
    )
    .optional(),
  unknown: z.strictObject(limits).optional(),
  all: z.strictObject({ rate: rate.optional(), burst: count.optional() }).optional(),
  everydayShare: z.number().min(0).max(0.9).optional(),
})

/**
 * The built-in table with what an operator's file says instead. `text` is JSON: `providers` (each
 * by `name`; an unknown name is a new provider and needs `mxSuffixes` or `domains`), `unknown`,
 * `all`, `everydayShare`. Refuses with `configuration_invalid`, naming every field that is wrong.
 */
export function parseShaping(text: string, base: Shaping = SHAPING): Shaping {
  const parsed = File.safeParse(jsonOf(text))
  if (!parsed.success) {
    throw refused(parsed.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`))
  }
  const { providers = [], unknown, all, everydayShare } = parsed.data
  const merged = new Map(base.providers.map((provider) => [provider.name, provider]))
  for (const change of providers) merged.set(change.name, changed(merged.get(change.name), change))
  const lost = [...merged.values()].filter((p) => p.mxSuffixes.length + p.domains.length === 0)
  if (lost.length > 0) {
    throw refused(lost.map(({ name }) => `providers.${name}: needs mxSuffixes or domains`))
  }
  return {
    providers: [...merged.values()].sort(byName),
    unknown: { ...base.unknown, ...given(unknown) },
    all: { ...base.all, ...given(all) },
    everydayShare: everydayShare ?? base.everydayShare,
  }
}

type Change = NonNullable<z.output<typeof File>['providers']>[number]

const changed = (known: Provider | undefined, change: Change): Provider => ({
  ...UNKNOWN_LIMITS,
  mxSuffixes: [],
  domains: [],
  ...known,
  source: 'MAIL_SHAPING',
  ...(given(change) as Pick<Change, 'name'>),
})

/** Without what was left out. */
const given = (fields: object | undefined = {}) =>
  Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined))

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    throw refused(['is not JSON'])
  }
}

function refused(problems: readonly string[]): Refusal {
  const errors = problems.map((message) => ({ path: 'MAIL_SHAPING', message }))
  const lines = problems.map((problem) => `  MAIL_SHAPING: ${problem}`)
  return new Refusal(
    'configuration_invalid',
    `The configuration cannot be used:\n${lines.join('\n')}`,
    { errors },
  )
}

function byName(left: Provider, right: Provider): number {
  return left.name < right.name ? -1 : 1
}
