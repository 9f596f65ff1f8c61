import type { PlanStep } from '../../../contract/sweeps.js'
import { words } from '../../components/number.js'
import { actorWords } from '../../components/who.js'
import type { Sweep } from './queries.js'

/** What a state means for whoever opens the page. */
export const STATUS_SAYS: Record<Sweep['status'], string> = {
  planning: 'The plan is being made. Nothing has been done to any account.',
  planned: 'The plan waits for approval. Nothing has been done to any account.',
  approved: 'The plan is approved and has not been started. Nothing has been done to any account.',
  running: 'The sweep is running.',
  paused: 'The sweep is paused. What was done stays done; the rest waits.',
  finished: 'The sweep ran to its end. Every account of the plan has exactly one outcome.',
  aborted: 'The sweep was aborted. What was done stays done; the rest was never started.',
  failed: 'No plan could be made. Nothing has been done to any account.',
}

type StepSays = { later: string; now: string; done(rows: string): string }

/** Each step of making a plan: before it, while it is under way, and with what it made. */
export const PLAN_STEP_SAYS: Record<PlanStep, StepSays> = {
  reading: {
    later: 'read the lists, each address once',
    now: 'reading the lists, each address once',
    done: (rows) => `${rows} different addresses read`,
  },
  matching: {
    later: 'find the accounts they belong to',
    now: 'finding the accounts they belong to',
    done: (rows) => `${rows} of them found in the directory`,
  },
  weighing: {
    later: 'gather what is known of each account and of logins to it',
    now: 'gathering what is known of each account and of logins to it',
    done: (rows) => `what is known of ${rows} accounts gathered`,
  },
  judging: {
    later: 'judge each kind of account by the policy',
    now: 'judging each kind of account by the policy',
    done: (rows) => `${rows} kinds of account judged`,
  },
  writing: {
    later: 'write what would be done to each account',
    now: 'writing what would be done to each account',
    done: (rows) => `written for ${rows} accounts`,
  },
  foreseeing: {
    later: 'foresee how long the mail takes',
    now: 'foreseeing how long the mail takes',
    done: (rows) => `${rows} mails foreseen`,
  },
  sealing: {
    later: 'cut the plan into parts and seal it',
    now: 'cutting the plan into parts and sealing it',
    done: (rows) => `sealed in ${rows} parts`,
  },
}

const LAPSES: Record<string, string> = {
  other_plan: 'It was for another plan.',
  requester: 'They asked for this plan, or made the key that did.',
  dismissed: 'They do not work here any more.',
  role_removed: 'They may not approve any more.',
  approvers_exist:
    'It was made at a shell, and there are now people who approve here, where they prove who they are.',
  not_staff: 'It was not made by a person who may approve.',
}
export const lapseSays = (lapse: string) => LAPSES[lapse] ?? words(lapse)

const REASONS: Record<string, string> = {
  reset_since_exposure: 'was reset after the exposure already',
  address_only_equivalent: 'its address is only an alias of an exposed one',
}
/** The policy says what its own codes mean. */
export const reasonSays = (code: string, told: readonly { code: string; says: string }[]) =>
  told.find((each) => each.code === code)?.says ?? REASONS[code] ?? words(code)

const KINDS: Record<string, string> = {
  'sweep.requested': 'asked for the plan',
  'sweep.planned': 'The plan was made',
  'sweep.approved': 'approved the plan',
  'sweep.started': 'started the sweep',
  'sweep.paused': 'paused the sweep',
  'sweep.resumed': 'resumed the sweep',
  'sweep.finished': 'The sweep ran to its end',
  'sweep.aborted': 'aborted the sweep',
  'sweep.failed': 'The plan could not be made',
}
const BY_ITSELF = ['sweep.planned', 'sweep.finished', 'sweep.failed']

/** What happened to a sweep, as a sentence. */
export function changeSays(change: { kind: string; actor: string }, people: Sweep['people']) {
  const says = KINDS[change.kind] ?? words(change.kind)
  return BY_ITSELF.includes(change.kind) ? says : `${actorName(change.actor, people)} ${says}`
}

/** Whoever did something, by name where it was a person. */
export function actorName(actor: string, people: Sweep['people']): string {
  return actorWords(actor, people.find((each) => each.actor === actor)?.name)
}

const FACTS: Record<string, string> = {
  hostileAttempts: 'hostile logins',
  hostileSuccesses: 'hostile logins that succeeded',
  hostileSources: 'hostile sources',
  batches: 'batches the address was exposed in',
}
export const factSays = (fact: string) => FACTS[fact] ?? words(fact)
export const boundSays = (bound: 'atLeast' | 'below') =>
  bound === 'atLeast' ? 'at least' : 'below'

const AMOUNT = new Intl.NumberFormat(undefined, { maximumFractionDigits: 8 })
/** A decimal string with separators, without passing through a float. */
export const amount = (decimal: string) => AMOUNT.format(decimal as `${number}`)

export const plural = (count: number, one: string, many: string) => (count === 1 ? one : many)
