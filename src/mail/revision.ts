import canonicalize from 'canonicalize'
import { sha256Hex } from '../platform/hash.js'
import { CATALOGUE } from './locales/catalogue.js'
import { render } from './render.js'
import type { Sender } from './sender.js'
import { MAIL_PURPOSES, opensReset } from './state.js'

/**
 * SHA-256 (hex) over everything a mail says: the sender's configuration, the message catalogues,
 * and what the templates make of them for fixed facts, in both variants. Part of every plan
 * digest, so that an approval no longer fits once any of it changes.
 */
export function mailRevision(sender: Sender): string {
  const samples = Object.keys(CATALOGUE).flatMap((locale) =>
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
  return sha256Hex(canonicalize({ sender, catalogue: CATALOGUE, samples }) ?? '')
}
