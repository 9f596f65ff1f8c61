import { z } from 'zod'

const seconds = z
  .number()
  .min(0)
  .max(7 * 86_400)

/** What an operator may say about waves. Everything left out is as `WAVES` has it. */
const Spoken = z.strictObject({
  canary: z.int().min(1).max(50).optional(),
  holdSeconds: seconds.optional(),
  shares: z
    .array(z.number().positive())
    .min(1)
    .max(20)
    .refine((shares) => Math.abs(sum(shares) - 100) < 1e-6, 'must add up to 100')
    .optional(),
  patienceSeconds: seconds.optional(),
  gatherSeconds: seconds.optional(),
  seedPatienceSeconds: seconds.optional(),
  stop: z
    .strictObject({
      bounceShare: z.number().positive().max(1).optional(),
      samples: z.int().min(1).optional(),
      canaryComplaints: z.int().min(1).optional(),
    })
    .optional(),
})
export type SpokenWaves = z.output<typeof Spoken>

/** How the mass of a sweep's mail is let go, and what stops it. Part of what an approval binds. */
export type WavesPolicy = {
  /** The first mails, at most this many; they cover every lane and language there is, if they can. */
  canary: number
  /** How long the canary is watched after its last mail was answered for. */
  holdSeconds: number
  /** The waves after the canary, each a percentage of all mails; the last takes whatever is left. */
  shares: readonly number[]
  /** For so long a wave may hold up the next because its mails are put off or its lanes are slow. */
  patienceSeconds: number
  /** For so long the canary waits until everything is staged and sorted, so that it can cover it. */
  gatherSeconds: number
  /** A copy that a seed mailbox did not get after this is missing. */
  seedPatienceSeconds: number
  stop: {
    /** Hard bounces as a share of what was answered for in a wave … */
    bounceShare: number
    /** … once so many mails of it were answered for. */
    samples: number
    canaryComplaints: number
  }
}

/**
 * The default. A tenth first, so that the most endangered tenth waits for no wave but the canary.
 * Bounces of 2 % in 20 samples, ten minutes of hold and a complaint: `reference/mail.md` §4.5, §4.6.
 */
export const WAVES: WavesPolicy = {
  canary: 50,
  holdSeconds: 600,
  shares: [10, 20, 30, 40],
  patienceSeconds: 1_800,
  gatherSeconds: 60,
  seedPatienceSeconds: 900,
  stop: { bounceShare: 0.02, samples: 20, canaryComplaints: 1 },
}

/** Nobody outside gets what goes to the embedded mailbox, so nothing comes back to be waited for. */
const NOWHERE = { holdSeconds: 0, gatherSeconds: 0 }

/** The policy in force: what the operator said, over the default for where mail goes. */
export function wavesPolicy(
  spoken: SpokenWaves | undefined,
  transport: 'embedded_mailbox' | 'smtp',
): WavesPolicy {
  const base = transport === 'smtp' ? WAVES : { ...WAVES, ...NOWHERE }
  const { stop = {}, ...rest } = spoken ?? {}
  return { ...base, ...defined(rest), stop: { ...base.stop, ...defined(stop) } }
}

const defined = <T extends object>(object: T) =>
  Object.fromEntries(Object.entries(object).filter(([, value]) => value !== undefined)) as {
    [K in keyof T]?: Exclude<T[K], undefined>
  }

/** Reads `MAIL_WAVES`: JSON, with the names of `WavesPolicy`. Answers with what is wrong, in words. */
export function readWaves(json: string): SpokenWaves | { problem: string } {
  let told: unknown
  try {
    told = JSON.parse(json)
  } catch {
    return { problem: 'must be JSON such as {"holdSeconds":900,"shares":[10,20,30,40]}' }
  }
  const parsed = Spoken.safeParse(told)
  if (parsed.success) return parsed.data
  const [issue] = parsed.error.issues
  return { problem: `${issue?.path.join('.') || 'it'}: ${issue?.message ?? 'is not a policy'}` }
}

const sum = (numbers: readonly number[]) => numbers.reduce((total, each) => total + each, 0)

/**
 * How many mails wave `no` takes of `planned` in all: the canary a handful, the others their share,
 * and the last of them, as any that comes later still, all that wait.
 */
export function sizeOf(no: number, planned: number, policy: WavesPolicy): number {
  if (no === 0) return policy.canary
  if (no >= policy.shares.length) return Number.POSITIVE_INFINITY
  return Math.max(1, Math.ceil((planned * (policy.shares[no - 1] ?? 100)) / 100))
}
