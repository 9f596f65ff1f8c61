import { LOCALES, type Locale } from '../../values/locale.js'
import { CATALOGUE } from '../locales/catalogue.js'
import type { Messages } from '../locales/en.js'
import type { Sender } from '../sender.js'
import type { Finding } from './finding.js'
import { checkMails, PRESS, type Press } from './mails.js'
import { checkMessages } from './messages.js'
import { checkHardCoded } from './pseudo.js'

export type Catalogues = Readonly<Record<Locale, Messages>>

/**
 * Everything that is wrong with the mails in any language: first the messages, compared with the
 * English ones; then, once those are sound, every mail written from them and read on its final bytes,
 * and last whether any word stands outside of the messages. Empty means that mail may be approved.
 */
export async function checkTranslations(
  sender: Sender,
  catalogues: Catalogues = CATALOGUE,
  press: Press = PRESS,
): Promise<Finding[]> {
  const ofMessages = LOCALES.flatMap((locale) =>
    checkMessages(locale, catalogues[locale], catalogues.en),
  )
  if (ofMessages.length > 0) return ofMessages
  const ofMails: Finding[] = []
  for (const locale of LOCALES) {
    ofMails.push(...(await checkMails(locale, catalogues[locale], sender, press)))
  }
  return ofMails.length > 0 ? ofMails : checkHardCoded(sender, press)
}
