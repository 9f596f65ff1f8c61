import canonicalize from 'canonicalize'
import { sha256Hex } from '../platform/hash.js'
import { CATALOGUE } from './locales/catalogue.js'
import { render } from './render.js'
import type { Sender } from './sender.js'
import { MAIL_PURPOSES, opensReset } from './state.js'
import type { WavesPolicy } from './waves/policy.js'

/** Everything besides texts and sender that decides what reaches whom, when and by whose code. */
export type Bound = {
  /** The table of mailbox providers with an operator's changes. */
  shaping: unknown
  /** Where mail is handed over; never the password. */
  transport: Transport
  waves: WavesPolicy
  seeds: readonly string[]
  /** Where reports about mails come back; `null` where none do. */
  returnDomain: string | null
  build: { version: string; sha256: string }
}

export type Transport =
  | { kind: 'embedded_mailbox' }
  | { kind: 'smtp'; host: string; port: number; secure: boolean; user: string | null }

/**
 * SHA-256 (hex) over everything a mail says: the sender's configuration, the message catalogues, and
 * what the templates make of them for fixed facts, in both variants. A standing order that was
 * approved once holds while these do, whatever build carries it out.
 */
export function textRevision({ signing: _, ...sender }: Sender): string {
  const samples = samplesOf(sender)
  return sha256Hex(canonicalize({ sender, catalogue: CATALOGUE, samples }) ?? '')
}

/**
 * SHA-256 (hex) over everything that decides what is mailed: what mails say, and all that is
 * `bound`. Part of every plan digest, so that an approval no longer fits once any of it changes:
 * BitMEX changed the transport after everybody had agreed. The same on every machine that runs the
 * same build with the same configuration.
 */
export function mailRevision(sender: Sender, bound: Bound): string {
  const seeds = [...bound.seeds].sort()
  const { signing } = sender
  const content = { texts: textRevision(sender), signing, bound: { ...bound, seeds } }
  return sha256Hex(canonicalize(content) ?? '')
}

const samplesOf = (sender: Omit<Sender, 'signing'>) =>
  Object.keys(CATALOGUE).flatMap((locale) =>
    MAIL_PURPOSES.flatMap((purpose) =>
      ['https://example.org/reset/token', null].map((link) =>
        render(
          {
            mail: 'M',
            purpose,
            site: sender.siteName,
            support: sender.support,
            name: link && 'N',
            phrase: link && 'P',
            reset: opensReset(purpose) ? { link, token: 'T', hours: sender.linkHours } : null,
          },
          locale,
        ),
      ),
    ),
  )
