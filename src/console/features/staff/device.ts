import { getParser } from 'bowser'

/** A browser in words, as far as it says what it is: "Firefox 131 on Windows". */
export function deviceWords(userAgent: string): string {
  if (userAgent === '') return 'Says nothing about itself'
  const { browser, os } = getParser(userAgent).getResult()
  const version = browser.version?.split('.')[0]
  const name = [browser.name, version].filter(Boolean).join(' ')
  return name === '' ? userAgent : [name, os.name].filter(Boolean).join(' on ')
}
