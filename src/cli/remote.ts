import type { Command } from 'commander'
import type { z } from 'zod'
import { type Client, createClient } from '../client/client.js'
import { currentConfig } from '../config.js'
import * as calls from '../contract/sweeps.js'
import { Refusal } from '../platform/errors.js'
import { isJson } from './context.js'
import { planningRows } from './planning-view.js'
import { print, printJson, table } from './terminal.js'

/** Commands that also work on a Cordon elsewhere, by its API. */
const REMOTE = new Set(['show', 'start', 'resume', 'pause', 'abort'])

/** The program's own option: a command may have a `--url` that means something else. */
function urlOf(command: Command): string | undefined {
  let program = command
  while (program.parent) program = program.parent
  return program.opts<{ url?: string }>().url
}

/**
 * A client of the Cordon that `--url` names, with the key of CORDON_KEY; `undefined` without `--url`.
 * Refuses with `input_invalid` when there is no key, or the command works here only.
 */
export function remoteClient(command: Command): Client | undefined {
  const url = urlOf(command)
  if (url === undefined) return undefined
  const { apiKey } = currentConfig()
  if (!apiKey) {
    throw new Refusal(
      'input_invalid',
      '--url wants a key of role automation in CORDON_KEY or CORDON_KEY_FILE: cordon keys add --role automation --name NAME, where that Cordon runs.',
    )
  }
  return createClient({ url, key: apiKey.reveal() })
}

/** Before any command: refuses `--url` where it would mean nothing. */
export function refuseLocalOnly(command: Command): void {
  const url = urlOf(command)
  if (url === undefined) return
  if (!URL.canParse(url)) throw new Refusal('input_invalid', `${url} is no URL.`)
  if (command.parent?.name() === 'sweeps' && REMOTE.has(command.name())) return
  throw new Refusal(
    'input_invalid',
    `cordon ${command.parent?.name()} ${command.name()} works where Cordon runs, not with --url. What works with it: cordon sweeps ${[...REMOTE].join('|')}.`,
  )
}

type View = z.output<typeof calls.SweepView>
type Verb = 'show' | 'start' | 'resume' | 'pause' | 'abort'

const CALLS = {
  show: calls.readSweep,
  start: calls.startSweep,
  resume: calls.resumeSweep,
  pause: calls.pauseSweep,
  abort: calls.abortSweep,
}

/** Reads or moves a sweep of a Cordon elsewhere, and says how it stands then. */
export async function remoteSweep(
  client: Client,
  asked: { verb: Verb; id: string; reason?: string },
  command: Command,
): Promise<void> {
  const { verb, id, reason } = asked
  const request = { params: { id }, ...(reason === undefined ? {} : { body: { reason } }) }
  const { body } = (await client.call(CALLS[verb], request as never)) as { body: View }
  if (isJson(command)) return printJson(body)
  const { status, statusReason, progress, needs, resets } = body
  print(
    table([
      ['status', status, statusReason ?? ''],
      ...planningRows(progress.planning),
      ['accounts done', progress.accountsDone],
      ['of', progress.accounts],
      ['resets', resets ?? 0],
      ['approvals', `${needs.given} of ${needs.approvals ?? 'unknown'}`],
    ]),
  )
}
