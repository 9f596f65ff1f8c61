import { z } from 'zod'
import { endpoint } from './endpoint.js'
import { Text, Time } from './shapes.js'

const State = z.enum(['open', 'closed'])

/** The stop switch of all mail. `opening`: one person wants it open, and a second is waited for. */
const ValveView = z.strictObject({
  state: State,
  reason: z.string(),
  changedBy: z.string(),
  changedAt: Time,
  opening: z
    .strictObject({ askedBy: z.string(), reason: z.string(), askedAt: Time, lapsesAt: Time })
    .nullable(),
})

export const readMail = endpoint({
  method: 'get',
  path: '/v1/mail',
  summary: 'How far mail is, and whether it may leave',
  allow: 'mail.read',
  answers: {
    200: z.strictObject({
      valve: ValveView,
      counts: z.array(
        z.strictObject({
          purpose: z.enum(['reset', 'reminder', 'hold', 'notice', 'confirmation']),
          status: z.enum(['staged', 'sending', 'accepted', 'rejected', 'unknown', 'withdrawn']),
          mails: z.int(),
        }),
      ),
    }),
  },
})

export const turnValve = endpoint({
  method: 'post',
  path: '/v1/mail/valve',
  summary:
    'Stop all mail, or let it leave again. One person closes; opening takes two, within 15 minutes, who may mail.open',
  allow: 'mail.close',
  body: z.strictObject({ state: State, reason: Text(500) }),
  answers: {
    200: z.strictObject({
      result: z.enum(['closed', 'open', 'waiting_for_second']),
      valve: ValveView,
    }),
  },
})
