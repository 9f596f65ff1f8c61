import { type Fields, readBlocks } from './fields.js'
import { codesIn, mostSpecific } from './reasons.js'

export type DeliveryStatus = {
  kind: 'failed' | 'delayed' | 'delivered'
  status: string | null
  diagnostic: string
}

const ACTIONS: Record<string, DeliveryStatus['kind']> = {
  failed: 'failed',
  delayed: 'delayed',
  delivered: 'delivered',
  relayed: 'delivered',
  expanded: 'delivered',
}
const BY_CODE: Record<string, DeliveryStatus['kind']> = {
  '2': 'delivered',
  '4': 'delayed',
  '5': 'failed',
}
const WORST_FIRST: readonly DeliveryStatus['kind'][] = ['failed', 'delayed', 'delivered']

/**
 * Reads the body of a `message/delivery-status` part (RFC 3464). A mail has one recipient; where a
 * report names several, because the mail was forwarded, the worst is what counts. `undefined` when
 * it names none.
 */
export function readDeliveryStatus(text: string): DeliveryStatus | undefined {
  const recipients = readBlocks(text).flatMap(readRecipient)
  for (const kind of WORST_FIRST) {
    const first = recipients.find((recipient) => recipient.kind === kind)
    if (first) return first
  }
  return undefined
}

function readRecipient(fields: Fields): DeliveryStatus[] {
  const diagnostic = diagnosticOf(fields)
  const said = fields.get('status') ?? ''
  const [action = ''] = (fields.get('action') ?? '').toLowerCase().split(/[^a-z]/)
  const kind = ACTIONS[action] ?? BY_CODE[/^\s*([245])\.\d/.exec(said)?.[1] ?? '']
  if (kind === undefined) return []
  return [{ kind, status: mostSpecific([...codesIn(diagnostic), ...codesIn(said)]), diagnostic }]
}

/** Without the type in front of it, `smtp;` say. */
const diagnosticOf = (fields: Fields): string =>
  (fields.get('diagnostic-code') ?? '').replace(/^[A-Za-z0-9-]{1,30};\s*/, '')
