import { ZxcvbnFactory } from '@zxcvbn-ts/core'
import { adjacencyGraphs, dictionary } from '@zxcvbn-ts/language-common'
import { isCommon } from './common-passwords.js'

/** NIST SP 800-63B-4 §3.1.1.2: 15 when the password is the only factor, 8 beside a second one. */
export const LEAST_ALONE = 15
export const LEAST_WITH_FACTOR = 8
export const MOST = 128

export type PasswordProblem = 'too_short' | 'too_long' | 'common' | 'guessable'

export type PasswordFacts = {
  hasSecondFactor: boolean
  /** What an attacker tries first for this account: its address, its name, the service's name. */
  words: readonly string[]
}

export const leastLength = (hasSecondFactor: boolean): number =>
  hasSecondFactor ? LEAST_WITH_FACTOR : LEAST_ALONE

/**
 * What is wrong with a new password, or `undefined`. Any characters are allowed and none are
 * required; length counts code points of the NFC form. Whether it is the old one is not known here.
 */
export function checkPassword(plain: string, facts: PasswordFacts): PasswordProblem | undefined {
  const password = plain.normalize('NFC')
  const characters = [...password]
  if (characters.length < leastLength(facts.hasSecondFactor)) return 'too_short'
  if (characters.length > MOST) return 'too_long'
  if (isCommon(password)) return 'common'
  return isMadeOfWords(password, facts) || isGuessable(characters, facts) ? 'guessable' : undefined
}

const WORTH_TRYING = 4

/** Context words (ASVS 5.0 V6.2.11) may be in it, as long as half of the least length is something else. */
function isMadeOfWords(password: string, { words, hasSecondFactor }: PasswordFacts): boolean {
  const rest = words
    .flatMap(partsOf)
    .filter((word) => word.length >= WORTH_TRYING)
    .reduce((left, word) => left.replaceAll(word.toLowerCase(), ''), password.toLowerCase())
  return [...rest].length < leastLength(hasSecondFactor) / 2
}

/**
 * The least score by zxcvbn's estimate (Wheeler 2016): 3 means more than 10⁸ guesses; 2, more than
 * 10⁶, is enough where a second factor and throttling stand beside it (8 random characters score 2).
 */
const SAFE_SCORE = { alone: 3, besideFactor: 2 }
/** Enough to tell; the estimator's time grows with the square, and more characters only help. */
const ESTIMATED_CHARACTERS = 64

function isGuessable(characters: readonly string[], facts: PasswordFacts): boolean {
  const start = characters.slice(0, ESTIMATED_CHARACTERS).join('')
  const safe = facts.hasSecondFactor ? SAFE_SCORE.besideFactor : SAFE_SCORE.alone
  return estimator().check(start, facts.words.flatMap(partsOf)).score < safe
}

const partsOf = (word: string) => [word, ...word.split(/[^\p{L}\p{N}]+/u)].filter(Boolean)

let shared: ZxcvbnFactory | undefined

/** Made at first use: it takes 50 ms and a few megabytes. */
function estimator(): ZxcvbnFactory {
  shared ??= new ZxcvbnFactory({ dictionary, graphs: adjacencyGraphs })
  return shared
}
