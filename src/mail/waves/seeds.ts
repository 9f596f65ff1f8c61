import { CATALOGUE } from '../locales/catalogue.js'
import type { MailPurpose } from '../state.js'

/** A mail for a mailbox of our own, as the accounts of the wave got theirs. */
export type SeedMail = { seed: string; purpose: MailPurpose; locale: string }

/** What became of a copy at a seed mailbox, as its receiver judged it. */
export type SeedCopy = { mailId: string; ok: boolean; problem: string | null }

const LOCALES = Object.keys(CATALOGUE)

/**
 * One mail per seed mailbox: of what the wave mostly was (a reset before a notice), each in another
 * language, and in the next wave in the one after, so that all of them are seen.
 */
export const seedMails = (
  seeds: readonly string[],
  wave: number,
  purposes: readonly string[],
): SeedMail[] =>
  seeds.map((seed, index) => ({
    seed,
    purpose: purposes.includes('reset') ? 'reset' : 'notice',
    locale: LOCALES[(wave * seeds.length + index) % LOCALES.length] ?? 'en',
  }))

type Sent = { id: string; wave: number; status: string; reply: string | null }

/** Adds up the copies of each wave. A seed mailbox that refuses its mail is as bad as a wrong copy. */
export function seedState(wave: number, sent: readonly Sent[], copies: readonly SeedCopy[]) {
  const ofWave = sent.filter((seed) => seed.wave === wave)
  const ids = new Set(ofWave.map(({ id }) => id))
  const arrived = copies.filter(({ mailId }) => ids.has(mailId))
  const good = new Set(arrived.filter(({ ok }) => ok).map(({ mailId }) => mailId)).size
  const wrong = arrived.find(({ ok }) => !ok)
  const refused = ofWave.find(({ status }) => status === 'rejected')
  const bad = wrong
    ? (wrong.problem ?? 'it is not what was sent')
    : refused
      ? `it was refused (${refused.reply ?? 'without a word'})`
      : null
  return { staged: ofWave.length, good, bad }
}
