import type { Request } from 'express'
import type pg from 'pg'
import * as calls from '../../contract/accounts.js'
import { hashPassword } from '../../platform/credentials/password.js'
import type { Db } from '../../platform/db.js'
import { Refusal } from '../../platform/errors.js'
import { type Route, serveRaw } from '../../platform/http/route.js'
import { arrayElements, type RecordText, recordLines } from './elements.js'
import { importAccounts, type RawRecord } from './service.js'

export type ImportRouteDeps = { db: Db; pool: pg.Pool }

/** The directory as the platform tells it, in one request of any length up to the limit. */
export const importRoutes: readonly Route<ImportRouteDeps>[] = [
  serveRaw(calls.importAccounts, async ({ actor }, { req, res }, deps: ImportRouteDeps) => {
    const form = req.is(['application/x-ndjson', 'application/json'])
    if (!form || req.headers['content-encoding'] !== undefined) {
      throw new Refusal(
        'media_type_unsupported',
        'Send application/x-ndjson or a JSON array as application/json, without Content-Encoding.',
      )
    }
    const pieces = textOf(req, calls.importAccounts.limit)
    const texts = form === 'application/json' ? arrayElements(pieces) : recordLines(pieces)
    const context = { actor: actor.id }
    const imported = await importAccounts({ ...deps, hashPassword }, records(texts), context)
    res.json(calls.importAccounts.answers[200].parse(imported))
  }),
]

async function* records(texts: AsyncIterable<RecordText>): AsyncGenerator<RawRecord> {
  for await (const { index, text, isCut } of texts) {
    if (isCut) yield { index, problem: 'too long' }
    else yield parsed(index, text)
  }
}

function parsed(index: number, text: string): RawRecord {
  try {
    return { index, json: JSON.parse(text) }
  } catch {
    return { index, problem: 'not JSON' }
  }
}

/** Refuses a body that says it is too long before anything is imported, others when they are. */
async function* textOf(req: Request, limit: number): AsyncGenerator<string> {
  if (Number(req.headers['content-length'] ?? 0) > limit) throw tooLarge(limit, 'Nothing')
  const decoder = new TextDecoder('utf-8', { fatal: true })
  let bytes = 0
  try {
    for await (const chunk of req as AsyncIterable<Uint8Array>) {
      bytes += chunk.length
      if (bytes > limit) throw tooLarge(limit, 'What came before')
      yield decoder.decode(chunk, { stream: true })
    }
    yield decoder.decode()
  } catch (cause) {
    if ((cause as { code?: unknown }).code !== 'ERR_ENCODING_INVALID_ENCODED_DATA') throw cause
    throw new Refusal('input_invalid', 'The body is not UTF-8. Send it again as UTF-8.', { cause })
  }
}

const tooLarge = (limit: number, what: string) =>
  new Refusal(
    'body_too_large',
    `A request may hold ${limit / 2 ** 20} MiB. ${what} was imported; send the accounts in several requests.`,
  )
