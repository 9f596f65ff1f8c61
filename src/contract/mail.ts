import { z } from 'zod'
import { endpoint } from './endpoint.js'
import { Id, IdPath, Line, Text, Time } from './shapes.js'
import { SWEEP_STATUSES } from './sweeps.js'

const Count = z.int().nonnegative()
const State = z.enum(['open', 'closed'])

/** What a valve stops: all mail, that of one sweep (`sweep:<id>`), or of one mailbox provider (`lane:<name>`). */
export const ValveScope = z.union([z.literal('global'), Line(300).regex(/^(sweep|lane):./)])

/**
 * A stop switch of mail. `opening`: one person wants it open, and a second is waited for. Names are
 * those of staff, null for everybody else.
 */
export const ValveView = z.strictObject({
  scope: z.string(),
  state: State,
  reason: z.string(),
  changedBy: z.string(),
  changedByName: z.string().nullable(),
  changedAt: Time,
  opening: z
    .strictObject({
      askedBy: z.string(),
      askedByName: z.string().nullable(),
      reason: z.string(),
      askedAt: Time,
      lapsesAt: Time,
    })
    .nullable(),
})

const Purpose = z.enum(['reset', 'notice', 'confirmation', 'hold', 'reminder'])
const Status = z.enum(['staged', 'sending', 'accepted', 'rejected', 'unknown', 'withdrawn'])

/** What a server means by its reply; `no_reply`: the connection ended before it said anything. */
export const ReplyClass = z.enum([
  'throttle_lane',
  'throttle_recipient',
  'greylist',
  'block_reputation',
  'auth_config',
  'content',
  'recipient_gone',
  'mailbox_full',
  'policy',
  'unknown',
  'no_reply',
])

/** One mailbox provider: messages a second and connections, now and at most; null until it has limits. */
export const LaneView = z.strictObject({
  lane: z.string().nullable(),
  rate: z.number().nullable(),
  rateCap: z.number().nullable(),
  connections: Count.nullable(),
  connectionsCap: Count.nullable(),
  isPaused: z.boolean(),
  /** Null while it is not paused, or is put aside for good. */
  pausedUntil: Time.nullable(),
  pauseReason: z.string().nullable(),
  /** May leave now; `held` waits for its wave. */
  waiting: Count,
  held: Count,
  sending: Count,
  accepted: Count,
  secondsLeft: Count.nullable(),
  /** Of those that wait: put off by the server until later. Null while that is none. */
  deferred: z
    .strictObject({
      mails: Count,
      /** When the first of them is tried again, and by when all of them are. */
      nextAt: Time,
      untilAt: Time,
      /** By what the server means, with its most frequent words, without any address. */
      said: z.array(
        z.strictObject({ means: ReplyClass, mails: Count, untilAt: Time, says: z.string() }),
      ),
    })
    .nullable(),
})

export const SweepMailView = z.strictObject({
  sweepId: z.string(),
  status: z.enum(SWEEP_STATUSES),
  waiting: Count,
  held: Count,
  sending: Count,
  accepted: Count,
  rejected: Count,
  unknown: Count,
  withdrawn: Count,
  /** Mailboxes of our own that each wave is sent to as well; null where mail does not go in waves. */
  seedMailboxes: Count.nullable(),
  /** Those let go so far; 0 is the canary. */
  waves: z.array(
    z.strictObject({
      no: Count,
      mails: Count,
      releasedAt: Time,
      endedAt: Time.nullable(),
      verifiedAt: Time.nullable(),
      stoppedAt: Time.nullable(),
      stopReason: z.string().nullable(),
      /** Copies that seed mailboxes received: not yet, as they were sent, or not so; and what is wrong. */
      seeds: z.strictObject({
        waiting: Count,
        good: Count,
        bad: Count,
        problem: z.string().nullable(),
      }),
    }),
  ),
})

export const readMail = endpoint({
  method: 'get',
  path: '/v1/mail',
  summary: 'How far mail is, whether it may leave, and how long the rest takes',
  allow: 'mail.read',
  answers: {
    200: z.strictObject({
      /** Of all mail. */
      valve: ValveView,
      /** Whether a valve is opened by two people, or by one alone. */
      fourEyes: z.boolean(),
      /** Every valve that is closed, whatever its scope. */
      closed: z.array(ValveView),
      counts: z.array(z.strictObject({ purpose: Purpose, status: Status, mails: Count })),
      /** With mail that has not left, or put aside. */
      lanes: z.array(LaneView),
      /** With mail that has not left, or of which nobody knows whether it arrived. */
      sweeps: z.array(SweepMailView),
      /** At the rates of now; null when nobody can say. */
      secondsLeft: Count.nullable(),
    }),
  },
})

export const turnValve = endpoint({
  method: 'post',
  path: '/v1/mail/valve',
  summary:
    'Stop all mail, or that of one sweep or lane, or let it leave again. One person closes; opening takes two, within 15 minutes, who may mail.open',
  allow: 'mail.close',
  body: z.strictObject({
    state: State,
    reason: Text(500),
    scope: ValveScope.default('global'),
  }),
  answers: {
    200: z.strictObject({
      result: z.enum(['closed', 'open', 'waiting_for_second']),
      valve: ValveView,
    }),
  },
})

export const retryUnknown = endpoint({
  method: 'post',
  path: '/v1/sweeps/:id/mail/retry-unknown',
  summary:
    'Send again what may or may not have arrived: another round of each unknown mail of a sweep, once; or of the one mail named',
  allow: 'mail.open',
  params: IdPath,
  body: z.strictObject({ reason: Text(500), mailId: Id.optional() }),
  answers: { 200: z.strictObject({ staged: Count }) },
})

const steps = {
  ordered: Count,
  accepted: Count,
  opened: Count,
  completed: Count,
  idle: Count,
  withdrawn: Count,
}

export const readFunnel = endpoint({
  method: 'get',
  path: '/v1/incidents/:id/funnel',
  summary: 'From ordered resets to new passwords: all accounts, and by batch, lane and locale',
  allow: 'incident.read',
  params: IdPath,
  answers: {
    200: z.strictObject({
      ...steps,
      /** An account in several batches counts in each of them. */
      batches: z.array(
        z.strictObject({
          batch: z.string(),
          label: z.string().nullable(),
          at: Time.nullable(),
          ...steps,
        }),
      ),
      lanes: z.array(z.strictObject({ lane: z.string().nullable(), ...steps })),
      locales: z.array(z.strictObject({ locale: z.string().nullable(), ...steps })),
    }),
  },
  refuses: ['incident_not_found'],
})
