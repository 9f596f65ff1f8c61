import express, { type RequestHandler } from 'express'
import { postAttempts } from '../../contract/login-attempts.js'
import { Refusal } from '../../platform/errors.js'
import { bodyBudget } from '../../platform/http/body-budget.js'
import type { Route } from '../../platform/http/route.js'
import type { Inbox } from './service.js'
import { readHeaders } from './signature.js'

const BYTES_UNDER_WAY = 64 * 1024 * 1024

export type WebhookDeps = { inbox: Inbox }

/** What a platform's login service posts to. The signature over the raw bytes is the only key. */
export const webhookRoutes: readonly Route<WebhookDeps>[] = [
  {
    ...postAttempts,
    call: postAttempts,
    bind: ({ inbox }) => [
      insist,
      bodyBudget(BYTES_UNDER_WAY, postAttempts.limit),
      express.raw({ limit: postAttempts.limit, inflate: false, type: () => true }),
      answer(inbox),
    ],
  },
]

/** Headers first: what nobody can have signed is refused before its body is read. */
const insist: RequestHandler = (req, _res, next) => {
  const headers = readHeaders(req.headersDistinct)
  if ('problems' in headers) {
    throw new Refusal('input_invalid', 'The message is not signed as Standard Webhooks 1.0 says.', {
      errors: headers.problems,
    })
  }
  if (!req.is('json')) {
    throw new Refusal('media_type_unsupported', 'Send the body as application/json in UTF-8.')
  }
  next()
}

const answer =
  (inbox: Inbox): RequestHandler =>
  async (req, res) => {
    const headers = readHeaders(req.headersDistinct)
    if ('problems' in headers || !(req.body instanceof Uint8Array)) {
      throw new Refusal('input_invalid', 'The message has no body.')
    }
    res.status(202).json(await inbox.receive(headers, req.body))
  }
