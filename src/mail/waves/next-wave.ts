import { sizeOf, type WavesPolicy } from './policy.js'

/** A wave that was released, as it stands now. Only the newest can be unverified. */
export type Wave = {
  no: number
  mails: number
  releasedSecondsAgo: number
  endedSecondsAgo: number | null
  isVerified: boolean
  /** Stopped once, and opened again by people: what stopped it does not stop it twice. */
  wasStopped: boolean
  /** Mails nobody tried yet, or somebody is trying at the moment. */
  hasUntried: boolean
  /** Mails that were put off and will be tried again. */
  hasRetrying: boolean
  /** Whether at least half of its mails were answered for; read only once patience is over. */
  isHalfAnswered: boolean
  /** Refused for good by a server, at once or by a report that came back. */
  bounces: number
  /** Mails answered for; counted only as far as the bounces make it matter. */
  answered: number
  complaints: number
  seeds: SeedState
}

/** The copies for seed mailboxes that end the wave. */
export type SeedState = {
  staged: number
  /** Copies that arrived and are what they must be. */
  good: number
  /** What was wrong with a copy, or with sending it. */
  bad: string | null
}

export type Run = {
  policy: WavesPolicy
  /** Mails that the plan foresaw. */
  planned: number
  /** Staged and in no wave; counted no further than the next wave needs. */
  waiting: number
  /** Some of them have no lane yet. */
  hasUnsorted: boolean
  /** `going`: the sweep stages more; `resting`: it may later; `over`: never again. */
  staging: 'going' | 'resting' | 'over'
  begunSecondsAgo: number
  /** The valve of all mail and of this sweep. */
  isOpen: boolean
  /** This process is not the mailer that people approved. */
  isOtherMailer: boolean
  seeds: number
  waves: readonly Wave[]
}

export type Step =
  | { kind: 'wait'; because: 'valve' | 'staging' | 'answers' | 'hold' | 'seeds' | 'nothing' }
  | { kind: 'release'; no: number; mails: number }
  | { kind: 'end'; no: number }
  | { kind: 'verify'; no: number }
  | { kind: 'stop'; no: number | null; reason: string }
  | { kind: 'finish' }

const wait = (because: (Step & { kind: 'wait' })['because']): Step => ({ kind: 'wait', because })

/** What happens next to the mass of a sweep's mail. Asked again after each step until it waits. */
export function nextWave(run: Run): Step {
  if (!run.isOpen) return wait('valve')
  const stop = stopOf(run)
  if (stop) return stop
  const last = run.waves.at(-1)
  if (last && !last.isVerified) return towardsVerified(last, run)
  return release(run, last === undefined ? 0 : last.no + 1)
}

/** Each reason as a sentence for whoever has to decide whether mail goes on. */
function stopOf(run: Run): Step | undefined {
  if (run.isOtherMailer) {
    const reason = 'The mailer that runs now is not the one that was approved with this plan.'
    return run.waiting > 0 || run.waves.some(({ isVerified }) => !isVerified)
      ? { kind: 'stop', no: null, reason }
      : undefined
  }
  for (const wave of run.waves) {
    if (wave.wasStopped) continue
    const reason = reasonToStop(wave, run)
    if (reason) return { kind: 'stop', no: wave.no, reason }
  }
  return undefined
}

function reasonToStop(wave: Wave, { policy }: Run): string | undefined {
  const { no, bounces, answered, complaints, seeds } = wave
  const { bounceShare, samples, canaryComplaints } = policy.stop
  const name = no === 0 ? 'the canary' : `wave ${no}`
  if (seeds.bad) return `A seed mailbox got a copy of ${name} that is not right: ${seeds.bad}.`
  if (bounces > 0 && answered >= samples && bounces >= bounceShare * answered) {
    return `${bounces} of ${answered} mails of ${name} were refused for good (${percent(bounces / answered)}; the limit is ${percent(bounceShare)}).`
  }
  if (no === 0 && complaints >= canaryComplaints) {
    return `${complaints === 1 ? 'Somebody' : `${complaints} people`} reported a mail of ${name} as unwanted.`
  }
  const isMissing = seeds.staged > seeds.good && (wave.endedSecondsAgo ?? 0) > 0
  if (isMissing && (wave.endedSecondsAgo ?? 0) >= policy.seedPatienceSeconds) {
    return `${seeds.staged - seeds.good} of ${seeds.staged} seed mailboxes did not get their copy of ${name} within ${policy.seedPatienceSeconds} s.`
  }
  return undefined
}

const percent = (share: number) => `${Number((share * 100).toFixed(1))} %`

/** A wave has ended, its copies have come, and the canary was watched for its time. */
function towardsVerified(wave: Wave, run: Run): Step {
  if (!isOver(wave, run.policy) && wave.endedSecondsAgo === null) return wait('answers')
  const hold = wave.no === 0 ? run.policy.holdSeconds : 0
  if (wave.endedSecondsAgo === null && (hold > 0 || run.seeds > 0)) {
    return { kind: 'end', no: wave.no }
  }
  if (wave.seeds.staged > wave.seeds.good && !wave.wasStopped) return wait('seeds')
  if (hold > (wave.endedSecondsAgo ?? 0)) return wait('hold')
  return { kind: 'verify', no: wave.no }
}

/**
 * Every mail of it was accepted or given up. Once patience is over the mails that were put off, and
 * those that only wait for a slow lane, hold up nobody any more, if half of all were answered for.
 */
function isOver(wave: Wave, { patienceSeconds }: WavesPolicy): boolean {
  if (!wave.hasUntried && !wave.hasRetrying) return true
  return wave.releasedSecondsAgo >= patienceSeconds && wave.isHalfAnswered
}

function release(run: Run, no: number): Step {
  const { waiting, staging, policy } = run
  if (waiting === 0) return staging === 'over' ? { kind: 'finish' } : wait('nothing')
  if (no === 0 && mustGather(run)) return wait('staging')
  const size = sizeOf(no, run.planned, policy)
  if (no > 0 && staging === 'going' && waiting < size) return wait('staging')
  return { kind: 'release', no, mails: Math.min(size, Number.MAX_SAFE_INTEGER) }
}

const mustGather = ({ staging, hasUnsorted, begunSecondsAgo, policy }: Run) =>
  (staging === 'going' || hasUnsorted) && begunSecondsAgo < policy.gatherSeconds
