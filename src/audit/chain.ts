import canonicalize from 'canonicalize'
import { sameBytes, sha256 } from '../platform/hash.js'
import type { AuditDetail } from './event.js'

/** An audit row as stored; `at` is RFC 3339 with microseconds, `id` a decimal string. */
export type StoredEvent = {
  id: string
  at: string
  actor: string
  kind: string
  subject: string
  detail: AuditDetail
}

export type Seal = { index: number; eventId: string; hash: Uint8Array }

/** What the first link hangs on: the chain's name and version. */
export const GENESIS = sha256('cordon audit chain 1')

/**
 * The link for one event: SHA-256(previous link ‖ SHA-256(canonical JSON of index and event)).
 * Canonical JSON is RFC 8785, so any language can recompute it from an export.
 */
export function link(
  previous: Uint8Array,
  index: number,
  event: StoredEvent,
): Uint8Array<ArrayBuffer> {
  const content = sha256(canonicalize({ index, ...event }) ?? '')
  const joined = new Uint8Array(previous.length + content.length)
  joined.set(previous)
  joined.set(content, previous.length)
  return sha256(joined)
}

export type ChainFault = { index: number; problem: 'gap' | 'altered' | 'misplaced' }

/**
 * Follows the chain over a run of sealed events. Returns the last link, or the first place where
 * the events and their seals disagree. `onLink` sees every link that was recomputed and agrees, with
 * the number of events up to it.
 */
export function followChain(
  start: { index: number; hash: Uint8Array },
  sealed: Iterable<{ seal: Seal; event: StoredEvent }>,
  onLink: (size: number, hash: Uint8Array) => void = () => undefined,
): { index: number; hash: Uint8Array } | ChainFault {
  let { index, hash } = start
  for (const { seal, event } of sealed) {
    if (seal.index !== index) return { index, problem: 'gap' }
    if (seal.eventId !== event.id) return { index, problem: 'misplaced' }
    hash = link(hash, index, event)
    if (!sameBytes(hash, seal.hash)) return { index, problem: 'altered' }
    index += 1
    onLink(index, hash)
  }
  return { index, hash }
}
