import { LOCALES, type Locale } from '../../values/locale.js'
import { voiceFor } from '../locales/catalogue.js'
import { plan, prepare } from '../prepare.js'
import { type RenderedMail, render } from '../render.js'
import type { Sender } from '../sender.js'
import type { SigningKey } from '../signing/keys.js'
import { MAIL_PURPOSES, type MailPurpose } from '../state.js'
import type { GateProblem } from '../wire-gate.js'
import { FIXTURES, type Fixture, SAMPLE_DATE, sampleMail } from './fixtures.js'

export type Preview = RenderedMail & {
  purpose: MailPurpose
  fixture: string
  direction: 'ltr' | 'rtl'
  /** How large the message is on the wire. */
  bytes: number
  /** What the gate on the final bytes says of it. */
  gate: 'passed' | GateProblem | 'unsendable'
}

export type Pick = { locale?: Locale | undefined; purpose?: MailPurpose | undefined }

/**
 * Every purpose in every language for every invented account, written and inspected as a real mail
 * is, with the configured sender (and its `keys`). Sends nothing and reads no account.
 */
export async function previewAll(
  sender: Sender,
  keys: readonly SigningKey[] = [],
  pick: Pick = {},
): Promise<Preview[]> {
  const previews: Preview[] = []
  for (const purpose of MAIL_PURPOSES.filter((each) => (pick.purpose ?? each) === each)) {
    for (const locale of LOCALES.filter((each) => (pick.locale ?? each) === each)) {
      for (const fixture of FIXTURES) {
        previews.push(await previewOne({ purpose, locale, fixture }, sender, keys))
      }
    }
  }
  return previews
}

async function previewOne(
  { purpose, locale, fixture }: { purpose: MailPurpose; locale: Locale; fixture: Fixture },
  configured: Sender,
  keys: readonly SigningKey[],
): Promise<Preview> {
  const sender = { ...configured, ...fixture.sender }
  const mail = sampleMail(purpose, locale, fixture)
  const planned = plan(mail, sender)
  if ('because' in planned) throw new Error(`A sample cannot be planned: ${planned.because}`)
  const rendered = render(planned.facts, locale)
  const written = await prepare(mail, sender, SAMPLE_DATE, keys)
  return {
    ...rendered,
    purpose,
    fixture: fixture.name,
    direction: voiceFor(locale).direction,
    bytes: written.kind === 'ready' ? written.bytes.length : 0,
    gate: gateOf(written),
  }
}

function gateOf(written: Awaited<ReturnType<typeof prepare>>): Preview['gate'] {
  if (written.kind === 'stopped') return written.problem
  return written.kind === 'ready' ? 'passed' : 'unsendable'
}
