import canonicalize from 'canonicalize'
import { sha256Hex } from '../platform/hash.js'
import type { Policy } from '../scoring/policy.js'
import type { Verdict } from './decide.js'

/** Everything an approver agrees to. */
export type PlanContent = {
  lists: readonly string[]
  policy: { version: string; sha256: string }
  mailRevision: string
  windowStart: string
  fourEyes: boolean
  /** Accounts that were left out by hand. */
  exclude: readonly string[]
  verdicts: readonly Verdict[]
  /** SHA-256 of each chunk's actions in order, as the database computed them. */
  chunks: readonly { phase: string; firstSeq: number; lastSeq: number; digest: string }[]
}

/**
 * The plan digest of design §4: SHA-256 over the canonical JSON (RFC 8785) of the plan's content.
 * Actions enter through their chunk's digest, so a million of them never pass through this process,
 * and each chunk can be checked again by itself in the moment before it runs.
 */
export function planDigest({ exclude, ...content }: PlanContent): string {
  const lists = [...content.lists].sort()
  // Named only where somebody is left out: plans from before exclusions keep their digest.
  const left = exclude.length > 0 ? { exclude: [...exclude].sort() } : {}
  return sha256Hex(canonicalize({ format: 'cordon plan 1', ...content, ...left, lists }) ?? '')
}

/** In whatever order a file or the database names its fields, it is the same policy. */
export const policySha256 = (policy: Policy): string => sha256Hex(canonicalize(policy) ?? '')

/** True when `given` is the digest or an unambiguous beginning of it, as people copy it (12+ characters). */
export function confirmsDigest(given: string, digest: string): boolean {
  const typed = given.trim().toLowerCase()
  return typed.length >= 12 && digest.startsWith(typed)
}
