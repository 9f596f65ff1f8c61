/** The invariants of the design, by their numbers there. */
export const INVARIANT_IDS = [
  ...['I1', 'I2', 'I3', 'I4', 'I5', 'I6', 'I7', 'I8', 'I9', 'I10'],
  ...['I11', 'I12', 'I13', 'I14', 'I15', 'I16', 'I17', 'I18', 'I19', 'I20'],
] as const

/** One question to the database: each row of its answer is something that must not be. */
export type Rule = {
  /** What is wrong with what was found, as a sentence. */
  finds: string
  /**
   * What `id` names. An account goes by its number here and is shown by the platform's id; everything
   * else goes by what people may see. Never an address.
   */
  names:
    | 'account'
    | 'audit event'
    | 'case'
    | 'chunk'
    | 'endpoint'
    | 'guard'
    | 'key'
    | 'lane'
    | 'list'
    | 'mail'
    | 'queue'
    | 'source'
    | 'subject'
    | 'sweep'
    | 'table'
  /** A query with one column, `id`. It reads sets, and takes no parameters and no locks. */
  sql: string
}

export type Invariant = {
  id: (typeof INVARIANT_IDS)[number]
  name: string
  /** What always holds, in one sentence. */
  says: string
  /** Empty where a database shows nothing of it. */
  rules: readonly Rule[]
  /** What stands in a database of it, and what does not; `null` where all of it does. */
  unseen: string | null
  /** The suites that show what is not seen here, and that break it on purpose. */
  shownBy: readonly string[]
  /** What people do when it is broken. */
  remedy: string
}

/** What one rule found: how much, and a few examples by their public ids. */
export type Finding = Pick<Rule, 'finds' | 'names'> & { violations: number; examples: string[] }

/** `not_visible`: nothing of it was looked at, or not all of what can be; `because` says why. */
export type Verdict = Pick<Invariant, 'id' | 'name' | 'says' | 'unseen' | 'shownBy' | 'remedy'> & {
  result: 'holds' | 'broken' | 'not_visible'
  looked: number
  findings: Finding[]
  because: string | null
  tookMs: number
}

export type Looked = {
  looked: number
  findings: readonly Finding[]
  /** Rules that got no answer. */
  unanswered: readonly string[]
  tookMs: number
}

/** Never `holds` while something that can be seen was not looked at. */
export function verdictOf(
  { id, name, says, unseen, shownBy, remedy }: Invariant,
  { looked, findings, unanswered, tookMs }: Looked,
): Verdict {
  const broken = findings.filter(({ violations }) => violations > 0)
  const isSeen = looked > 0 && unanswered.length === 0
  const result = broken.length > 0 ? 'broken' : isSeen ? 'holds' : 'not_visible'
  const because = isSeen ? null : unanswered.length > 0 ? unanswered.join(' ') : unseen
  return {
    ...{ id, name, says, unseen, shownBy, remedy },
    ...{ result, looked, findings: broken, because, tookMs },
  }
}
