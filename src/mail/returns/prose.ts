import { redactReply } from '../replies/redact.js'
import { codesIn, mostSpecific, reasonOf } from './reasons.js'
import { plainReport, type Report, type ReturnClass } from './report.js'

/** What a person would look at first: who wrote, the title, and the readable text. */
export type Letter = {
  from: string
  subject: string
  /** Header fields by lower-case name; the first of a name. */
  headers: ReadonlyMap<string, string>
  text: string
}

const POSTMAN =
  /(?:^|<)(?:mail(?:er)?[-_.]?daemon|poo?st[-_.]?master|bounce[sd]?|mdaemon)(?:[@>\s]|$)|mail delivery (?:sub)?system|mail delivery service|content-filter at/i
const FAILURE_TITLE =
  /undeliver|non[- ]?deliver|delivery (?:status notification|failure|has failed|notification|problem|error)|deliver(?:y|ed)? failed|returned mail|returned to sender|failure notice|mail (?:failure|system error|delivery failed)|cannot send message|not (?:be )?delivered|could ?n[o']t be delivered|are not (?:a )?member|unzustellbar|non remis|niet bezorgd|no se (?:pudo|ha podido) entregar|não (?:pôde ser )?entregue|недоставлен|не доставлено|無法傳遞|退信|配信不能|배달 실패/i
const DELAY_TITLE = /delay|warning: (?:could not|message)|delivery incomplete|verzögert/i
const DELAY_WORDS =
  /warning message only|will (?:be retried|keep trying|continue to (?:try|be))|temporary failure report|not need to re-?send|has not (?:yet )?been delivered|no action is required/i
const AUTO_TITLE =
  /^\s*(?:(?:re|aw|sv|tr|rv)\s*:\s*)*(?:auto(?:matic|mated|matische?)?[ -]?(?:reply|response|antwort|respon)|out of (?:the )?office|abwesen|réponse automatique|respuesta automática|автоответ|自動返信|自动回复|부재)/i
const NO_LETTER = /^Postfix SMTP server: errors/i
const SMTP_REPLY = /(?:^|[\s:(#"'])[45]\d\d[ -]/

/** Where the returned message begins, which may hold anything. */
const RETURNED =
  /^[ \t]*(?:-{2,}[ \t]*(?:below this line is|this is a copy|original message|returned message|unsent message|the header of the original|enclosed is|copy of)|original message headers|message headers follow|message details:|below is a copy of the original|en-t[eê]tes? d[eu'].{0,40}origine|content-type: *message\/rfc822)/im
const LOOK_AT_MOST = 16_384
/** More than what is kept of it; bounds the work that a line without an end makes. */
const SHOWN_AT_MOST = 1_000

/** The text up to the message that is returned with it. */
export function withoutReturned(text: string): string {
  const shown = text.slice(0, LOOK_AT_MOST)
  const begins = shown.search(RETURNED)
  return begins < 0 ? shown : shown.slice(0, begins)
}

/**
 * Reads a report that is only words (qmail, Exim, old Exchange and many more), or tells an automatic
 * answer from it. `unreadable` when it is neither.
 */
export function readProse(letter: Letter): Report {
  const { from, subject, headers, text } = letter
  if (NO_LETTER.test(subject)) return plainReport('notice')
  if (AUTO_TITLE.test(subject)) return plainReport('auto_reply')
  const isFailure = FAILURE_TITLE.test(subject) || headers.has('x-failed-recipients')
  if (DELAY_TITLE.test(subject) || (isPostman(from) && DELAY_WORDS.test(text))) {
    if (isPostman(from) || isFailure) return reportOf('delayed', text)
  }
  if (isFailure || (isPostman(from) && saysWhy(text))) return reportOf('failed', text)
  return plainReport(isAutomatic(headers) ? 'auto_reply' : 'unreadable')
}

/** Servers write from the null path, and some put it into `From:` as well. */
const isPostman = (from: string) => POSTMAN.test(from) || /^\s*<>\s*$/.test(from)

const saysWhy = (text: string) => SMTP_REPLY.test(text) || reasonOf(text, null) !== 'other'

/** RFC 3834 §5, and what older responders write. */
function isAutomatic(headers: ReadonlyMap<string, string>): boolean {
  const submitted = headers.get('auto-submitted')?.toLowerCase() ?? 'no'
  const precedence = headers.get('precedence')?.toLowerCase() ?? ''
  return (
    !submitted.startsWith('no') ||
    /auto[-_]?reply|junk|bulk/.test(precedence) ||
    ['x-autoreply', 'x-autorespond', 'x-autoresponse', 'x-auto-response-suppress'].some((name) =>
      headers.has(name),
    )
  )
}

function reportOf(kind: 'failed' | 'delayed', text: string): Report {
  const status = mostSpecific(codesIn(text))
  return { kind, status, class: reasonIn(text, status), diagnostic: tidy(telling(text)) }
}

/** Why, from a text that may also speak of other things, or of other recipients after the first. */
export function reasonIn(text: string, status: string | null): ReturnClass {
  const said = reasonOf(telling(text), status)
  return said === 'other' ? reasonOf(text, status) : said
}

/** The lines that say why: the first with a code or a known reason, and the one after it. */
export function telling(text: string): string {
  const lines = text.split(/\r?\n/).map((line) => line.trim())
  const at = lines.findIndex((line) => codesIn(line).length > 0 || SMTP_REPLY.test(line))
  const first = at >= 0 ? at : lines.findIndex((line) => reasonOf(line, null) !== 'other')
  return first < 0 ? '' : lines.slice(first, first + 2).join(' ')
}

/** Fit to be stored and shown: one line, no address, nothing that reorders or hides text. */
export const tidy = (said: string): string | null =>
  redactReply(said.slice(0, SHOWN_AT_MOST).replace(/\p{Cf}/gu, ''), '').replaceAll('@', ' ') || null
