import { z } from 'zod'
import { Refusal } from '../../platform/errors.js'
import { type Attempt, readAttempt } from '../attempt.js'

export type Positioned = { position: number; attempt: Attempt }
export type Rejection = { index: number; reason: string }
export type Message = { attempts: Positioned[]; rejected: Rejection[] }

export const ATTEMPTS_AT_MOST = 1_000

const timestamp = z.iso.datetime({ offset: true })
const one = z.strictObject({ type: z.literal('login.attempt'), timestamp, data: z.unknown() })
const many = z.strictObject({
  type: z.literal('login.attempts'),
  timestamp,
  data: z.array(z.unknown()).min(1).max(ATTEMPTS_AT_MOST),
})
const message = z.discriminatedUnion('type', [one, many])

const UTF8 = new TextDecoder('utf-8', { fatal: true })

/**
 * Reads the body of a webhook (design §10): one attempt or up to a thousand. What is wrong with one
 * attempt rejects it alone; refuses with `input_invalid` when the message itself is wrong.
 */
export function readMessage(body: Uint8Array): Message {
  const parsed = message.safeParse(parseJson(body))
  if (!parsed.success) {
    const errors = parsed.error.issues.map((issue) => ({
      path: ['body', ...issue.path.map(String)].join('.'),
      message: issue.message,
    }))
    throw new Refusal('input_invalid', 'The message is not as it should be.', { errors })
  }
  const { data } = parsed.data
  return readAll(parsed.data.type === 'login.attempts' ? (data as unknown[]) : [data])
}

function parseJson(body: Uint8Array): unknown {
  try {
    return JSON.parse(UTF8.decode(body)) as unknown
  } catch {
    throw new Refusal('input_invalid', 'The body is not JSON in UTF-8.')
  }
}

function readAll(items: readonly unknown[]): Message {
  const attempts: Positioned[] = []
  const rejected: Rejection[] = []
  for (const [position, json] of items.entries()) {
    const reading = readAttempt(json)
    if ('rejected' in reading) rejected.push({ index: position, reason: reading.rejected })
    else attempts.push({ position, attempt: reading.attempt })
  }
  return { attempts, rejected }
}
