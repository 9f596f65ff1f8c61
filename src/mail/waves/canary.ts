import { resolveLocale } from '../locales/catalogue.js'

/** Mails that wait, by lane and by the account's language tag; `riskiest` is the first of them. */
export type Combination = {
  lane: string | null
  locale: string | null
  mails: number
  riskiest: bigint
}

/**
 * The mails of the canary: of every lane and language that mails will be written in the one whose
 * account is most endangered, the largest combinations first should there be more than `most`; then
 * those at the head of `line`, which is in order of risk.
 */
export function chooseCanary(
  combinations: readonly Combination[],
  line: readonly bigint[],
  most: number,
): bigint[] {
  const covering = merged(combinations)
    .sort((left, right) => right.mails - left.mails || (left.riskiest < right.riskiest ? -1 : 1))
    .slice(0, most)
    .map(({ riskiest }) => riskiest)
  const chosen = new Set(covering)
  for (const mailNo of line) {
    if (chosen.size >= most) break
    chosen.add(mailNo)
  }
  return [...chosen].sort((left, right) => (left < right ? -1 : 1))
}

/** `en-GB` and `en-US` are written alike, so one of them covers both. */
function merged(combinations: readonly Combination[]) {
  const found = new Map<string, { mails: number; riskiest: bigint }>()
  for (const { lane, locale, mails, riskiest } of combinations) {
    const key = `${resolveLocale(locale)} ${lane ?? ''}`
    const known = found.get(key)
    if (!known) found.set(key, { mails, riskiest })
    else {
      known.mails += mails
      if (riskiest < known.riskiest) known.riskiest = riskiest
    }
  }
  return [...found.values()]
}
