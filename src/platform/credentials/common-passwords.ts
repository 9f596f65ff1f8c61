import { dictionary } from '@zxcvbn-ts/language-common'

/**
 * The ways in which a common password is dressed up to pass for a new one. `make` says which
 * passwords are refused; `stem` finds the common one inside, so that none has to be kept in memory.
 */
type Disguise = {
  make: (word: string) => string
  stem: (password: string) => string | undefined
}

const suffixed = (suffix: string): Disguise => ({
  make: (word) => word + suffix,
  stem: (password) => (password.endsWith(suffix) ? password.slice(0, -suffix.length) : undefined),
})

const doubled: Disguise = {
  make: (word) => word + word,
  stem: (password) => {
    const half = password.slice(0, password.length / 2)
    return half + half === password ? half : undefined
  },
}

const DISGUISES: readonly Disguise[] = [
  suffixed('1'),
  suffixed('123'),
  suffixed('!'),
  suffixed('!!'),
  doubled,
]

let words: Set<string> | undefined

/** About 54,000: the 49,000 ranked passwords and 7,800 dictionary words of zxcvbn-ts, in one case. */
function commonWords(): Set<string> {
  words ??= new Set(
    [...dictionary['passwords-common'], ...dictionary['diceware-common']].map((word) =>
      word.toLowerCase(),
    ),
  )
  return words
}

/** Whether this is a common password or one of its disguises; letter case does not matter. */
export function isCommon(password: string): boolean {
  const lower = password.toLowerCase()
  if (commonWords().has(lower)) return true
  return DISGUISES.some(({ stem }) => {
    const found = stem(lower)
    return found !== undefined && commonWords().has(found)
  })
}

/** Every entry of the blocklist, for counting: the words themselves and all they are dressed up as. */
export function* blocklist(): Generator<string> {
  for (const word of commonWords()) {
    yield word
    for (const { make } of DISGUISES) yield make(word)
  }
}
