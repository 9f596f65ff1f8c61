import { z } from 'zod'
import { Refusal } from '../platform/errors.js'
import { NUMERIC_FACTS, type NumericFact } from './evidence.js'

export const EFFECTS = ['hold', 'reset', 'review', 'notify'] as const
export type Effect = (typeof EFFECTS)[number]
export const PRIORITIES = ['critical', 'high', 'normal'] as const
export type Priority = (typeof PRIORITIES)[number]

const code = z.string().regex(/^[a-z][a-z0-9_]{1,48}$/, 'use lower-case words joined by _')
/** Counts are compared in Postgres as well, which holds them in 32 bits. */
const COUNT_AT_MOST = 2_147_483_647
const range = z
  .strictObject({
    atLeast: z.int().min(0).max(COUNT_AT_MOST).optional(),
    below: z.int().min(1).max(COUNT_AT_MOST).optional(),
  })
  .refine((r) => r.atLeast !== undefined || r.below !== undefined, 'name atLeast, below or both')
  .refine(
    (r) => (r.atLeast ?? 0) < (r.below ?? Number.MAX_SAFE_INTEGER),
    'atLeast must be under below',
  )
export type Range = z.output<typeof range>

const condition = z.strictObject({
  secondFactor: z
    .array(z.enum(['present', 'absent', 'unknown']))
    .min(1)
    .optional(),
  balance: z
    .array(z.enum(['zero', 'nonzero', 'unknown']))
    .min(1)
    .optional(),
  hostileAttempts: range.optional(),
  hostileSuccesses: range.optional(),
  hostileSources: range.optional(),
  batches: range.optional(),
  passwordChangedSinceExposure: z.boolean().optional(),
})
export type Condition = z.output<typeof condition>

const rule = z.strictObject({
  code,
  points: z.int().min(-100).max(100),
  says: z.string().min(1).max(200),
  when: condition,
})
export type Rule = z.output<typeof rule>

const tier = z.strictObject({
  name: code,
  says: z.string().min(1).max(200),
  when: condition,
  effects: z.array(z.enum(EFFECTS)).min(1),
  priority: z.enum(PRIORITIES).optional(),
})
export type Tier = z.output<typeof tier>

const policy = z.strictObject({
  name: z.string().regex(/^[a-z][a-z0-9-]{1,48}$/, 'use lower-case words joined by -'),
  version: z.int().min(1),
  window: z.strictObject({ minDays: z.int().min(1).max(365), maxDays: z.int().min(1).max(365) }),
  /** How many accounts an hour the watch may hold or reset by itself; above that it asks people. */
  watch: z
    .strictObject({
      perHour: z.int().min(0).max(1_000_000),
      perSourcePerHour: z.int().min(0).max(1_000_000),
    })
    .optional(),
  rules: z.array(rule).min(1).max(100),
  tiers: z.array(tier).min(1).max(20),
})
/** Versioned data: rules give points with reasons, tiers turn conditions into effects. */
export type Policy = z.output<typeof policy>

/** What a policy that says nothing of the watch allows it. */
export const WATCH_LIMITS = { perHour: 500, perSourcePerHour: 100 }

/** `exposed-addresses@1`: how plans, audit rows and reports name a policy. */
export const versionOf = ({ name, version }: Policy) => `${name}@${version}`

type Problem = { path: string; message: string }

/**
 * Reads a policy from parsed JSON. Refuses with `policy_invalid`, naming every place that is wrong:
 * unknown fields, repeated codes, ranges that overlap, a tier nobody can reach, a reset without hold.
 */
export function parsePolicy(json: unknown): Policy {
  const parsed = policy.safeParse(json)
  const problems = parsed.success
    ? contradictions(parsed.data)
    : parsed.error.issues.map((issue) => ({ path: issue.path.join('.'), message: issue.message }))
  if (parsed.success && problems.length === 0) return parsed.data
  const list = problems.map(({ path, message }) => `${path || '(top)'}: ${message}`).join('; ')
  throw new Refusal('policy_invalid', `The policy cannot be used. ${list}`, { errors: problems })
}

function contradictions(subject: Policy): Problem[] {
  return [
    ...repeated(
      subject.rules.map((each) => each.code),
      'rules',
    ),
    ...repeated(
      subject.tiers.map((each) => each.name),
      'tiers',
    ),
    ...overlappingRules(subject.rules),
    ...tierProblems(subject.tiers),
    ...(subject.window.minDays > subject.window.maxDays
      ? [{ path: 'window', message: 'minDays must not be above maxDays' }]
      : []),
  ]
}

function repeated(names: readonly string[], path: string): Problem[] {
  const twice = names.filter((name, index) => names.indexOf(name) !== index)
  return twice.map((name) => ({ path, message: `${name} is defined twice` }))
}

/** Two rules on the same fact and nothing else must not count the same account twice by accident. */
function overlappingRules(rules: readonly Rule[]): Problem[] {
  return rules.flatMap((left, index) =>
    rules.slice(index + 1).flatMap((right, offset) => {
      const fact = soleNumericFact(left.when)
      if (!fact || soleNumericFact(right.when) !== fact) return []
      if (!overlap(left.when[fact] ?? {}, right.when[fact] ?? {})) return []
      const path = `rules.${index + 1 + offset}`
      return [
        {
          path,
          message: `its range of ${fact} overlaps that of ${left.code}; bound one with below`,
        },
      ]
    }),
  )
}

function soleNumericFact(when: Condition): NumericFact | undefined {
  const [first, ...others] = Object.keys(when)
  return others.length === 0 ? NUMERIC_FACTS.find((fact) => fact === first) : undefined
}

const overlap = (left: Range, right: Range) =>
  (left.atLeast ?? 0) < (right.below ?? Number.POSITIVE_INFINITY) &&
  (right.atLeast ?? 0) < (left.below ?? Number.POSITIVE_INFINITY)

function tierProblems(tiers: readonly Tier[]): Problem[] {
  const problems: Problem[] = tiers.flatMap((each, index) => [
    ...(each.effects.includes('reset') && !each.effects.includes('hold')
      ? [{ path: `tiers.${index}`, message: 'a tier that resets must also hold' }]
      : []),
    ...(each.effects.includes('review') && !each.priority
      ? [{ path: `tiers.${index}`, message: 'a tier that asks for review needs a priority' }]
      : []),
    ...unreachable(each, index, tiers),
  ])
  if (!tiers.some(({ when }) => Object.keys(when).length === 0))
    problems.push({ path: 'tiers', message: 'the last tier must have an empty when' })
  return problems
}

function unreachable(each: Tier, index: number, tiers: readonly Tier[]): Problem[] {
  const wider = tiers.slice(0, index).find(({ when }) => covers(when, each.when))
  if (!wider) return []
  const message = `no account can reach it: ${wider.name} comes first and takes all of them`
  return [{ path: `tiers.${index}`, message }]
}

/** True when whoever fits `narrow` fits `wide`, as far as each fact tells by itself. */
function covers(wide: Condition, narrow: Condition): boolean {
  const changed = wide.passwordChangedSinceExposure
  return (
    within(narrow.secondFactor ?? ['present', 'absent', 'unknown'], wide.secondFactor) &&
    within(narrow.balance ?? ['zero', 'nonzero', 'unknown'], wide.balance) &&
    (changed === undefined || changed === narrow.passwordChangedSinceExposure) &&
    NUMERIC_FACTS.every((fact) => spans(wide[fact] ?? {}, narrow[fact] ?? {}))
  )
}

const within = (few: readonly string[], many: readonly string[] | undefined) =>
  many === undefined || few.every((value) => many.includes(value))

const spans = (wide: Range, narrow: Range) =>
  (wide.atLeast ?? 0) <= (narrow.atLeast ?? 0) &&
  (narrow.below ?? Number.POSITIVE_INFINITY) <= (wide.below ?? Number.POSITIVE_INFINITY)
