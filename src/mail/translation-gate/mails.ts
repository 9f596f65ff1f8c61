import { directionOf, type Locale } from '../../values/locale.js'
import { compose } from '../compose.js'
import type { Messages } from '../locales/en.js'
import { type Voice, voiceOf } from '../locales/voice.js'
import { type Planned, plan } from '../prepare.js'
import { FIXTURES, type Fixture, SAMPLE_DATE, sampleMail } from '../preview/fixtures.js'
import { type RenderedMail, write } from '../render.js'
import type { Sender } from '../sender.js'
import { MAIL_PURPOSES, type MailPurpose } from '../state.js'
import { LETTERS } from '../templates/letters.js'
import { type GateProblem, inspect } from '../wire-gate.js'
import type { CheckName, Finding } from './finding.js'

/** What makes a mail out of messages. The defaults are what real mails are made with. */
export type Press = { letters: typeof LETTERS; write: typeof write; compose: typeof compose }

export const PRESS: Press = { letters: LETTERS, write, compose }

const SUBJECT_GRAPHEMES = 70
const ENCODED_WORD_OCTETS = 75

/** Which check of ours a refusal of the wire gate belongs to; any other is `wire`. */
const MEANS: Partial<Record<GateProblem, CheckName>> = {
  text_and_html_differ: 'same_facts',
  markup_forbidden: 'escaping',
  foreign_link: 'links',
  foreign_token: 'links',
  token_missing: 'links',
  phrase_differs: 'facts',
  name_differs: 'facts',
  reference_differs: 'facts',
}

/** What is wrong with the mails of one language: every purpose for every invented account. */
export async function checkMails(
  locale: Locale,
  messages: Messages,
  sender: Sender,
  press: Press,
): Promise<Finding[]> {
  const voice = voiceOf(locale, messages)
  const findings: Finding[] = []
  for (const purpose of MAIL_PURPOSES) {
    for (const fixture of FIXTURES) {
      const found = await checkMail({ purpose, fixture, voice }, sender, press)
      const where = `${purpose}, ${fixture.name}`
      findings.push(...found.map(([check, says]) => ({ check, locale, where, says })))
    }
  }
  return findings
}

type Sample = { purpose: MailPurpose; fixture: Fixture; voice: Voice }
type Found = [check: CheckName, says: string]

async function checkMail(
  { purpose, fixture, voice }: Sample,
  configured: Sender,
  press: Press,
): Promise<Found[]> {
  const sender = { ...configured, ...fixture.sender, signing: [] }
  const mail = sampleMail(purpose, voice.locale, fixture)
  const planned = plan(mail, sender)
  if ('because' in planned) return [['renders', planned.because]]
  try {
    const rendered = press.write(press.letters[purpose](planned.facts, voice.say), voice)
    const { recipient, expected } = planned
    const from = sender.from
    const bytes = press.compose({
      ...rendered,
      mailId: mail.id,
      from,
      recipient,
      date: SAMPLE_DATE,
    })
    const inspection = await inspect(bytes, expected)
    const refused: Found[] = inspection.ok
      ? []
      : [[MEANS[inspection.problem] ?? 'wire', inspection.problem]]
    return [
      ...refused,
      ...subjectProblems(rendered, planned),
      ...encodedWordProblems(bytes),
      ...factProblems(rendered, planned, voice),
      ...directionProblems(rendered, voice),
    ]
  } catch (error) {
    return [['renders', error instanceof Error ? error.message : 'it throws']]
  }
}

function subjectProblems({ subject }: RenderedMail, { facts }: Planned): Found[] {
  const graphemes = [...new Intl.Segmenter().segment(subject)].length
  const found: Found[] = []
  if (graphemes > SUBJECT_GRAPHEMES) found.push(['subject', `has ${graphemes} characters`])
  if (/[\r\n]/.test(subject)) found.push(['subject', 'holds a line break'])
  if (!subject.includes(facts.site)) found.push(['subject', 'does not name the site'])
  return found
}

/** RFC 2047 §2: an encoded word has 75 octets at most, or mail programs show it as it is. */
function encodedWordProblems(bytes: Uint8Array): Found[] {
  const [headers = ''] = Buffer.from(bytes).toString('latin1').split('\r\n\r\n')
  const words = headers.match(/=\?[^\s?]+\?[QB]\?[^\s?]*\?=/gi) ?? []
  const long = words.filter((word) => word.length > ENCODED_WORD_OCTETS)
  return long.map(({ length }) => ['encoded_words', `an encoded word has ${length} octets`])
}

/** What every mail says, whatever its purpose, and what a reset cannot do without. */
function factProblems({ text }: RenderedMail, { facts }: Planned, { say }: Voice): Found[] {
  const { phrase, reset, support, site } = facts
  const wanted: [string, string | null][] = [
    ['that nobody asks for the password', say('promise')],
    ['how to tell that it is real', say(phrase === null ? 'real.plain' : 'real.phrase')],
    ['where to ask', support ? say('help.support', { support }) : say('help.site')],
    ['the site', site],
    ['the phrase', phrase],
    ['how long it works', reset && say('reset.until', { hours: reset.hours })],
    ['the way to a new password', reset && (reset.link ?? reset.token)],
    ['why there is no link', reset && reset.link === null ? say('links.none') : null],
  ]
  const repudiation = [say('not_you'), say('confirmation.not_you')]
  return [
    ...wanted
      .filter(([, fact]) => fact !== null && !text.includes(fact))
      .map(([what]): Found => ['facts', `does not say ${what}`]),
    ...(repudiation.some((each) => text.includes(each))
      ? []
      : [['facts', 'does not say what to do if it was not you'] satisfies Found]),
  ]
}

function directionProblems({ html }: RenderedMail, { locale }: Voice): Found[] {
  const marks = `lang="${locale}" dir="${directionOf(locale)}"`
  return html.split(marks).length === 3 ? [] : [['direction', `is not marked ${marks}`]]
}
