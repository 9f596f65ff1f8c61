import MailComposer from 'nodemailer/lib/mail-composer'
import { messageId } from '../../../src/mail/compose.js'
import type { Planned } from '../../../src/mail/prepare.js'
import type { RenderedMail } from '../../../src/mail/render.js'
import { STRANGER } from './stranger.js'

type Way = (own: string) => Record<string, unknown>

/**
 * The fourteen ways to show a second person that were tried on nodemailer 10: ten of them are also
 * stopped by its `maxRecipients`, and the last four are sent in spite of it.
 */
const LEAKS: Readonly<Record<string, Way>> = {
  'a string with a comma': (own) => ({ to: `${own}, ${STRANGER.address}` }),
  'a string with a semicolon': (own) => ({ to: `${own}; ${STRANGER.address}` }),
  'an array': (own) => ({ to: [own, STRANGER.address] }),
  'an array of objects': (own) => ({ to: [own, STRANGER.address].map((address) => ({ address })) }),
  'a group': (own) => ({ to: `people: ${own}, ${STRANGER.address};` }),
  'a cc': () => ({ cc: STRANGER.address }),
  'a bcc that is kept': () => ({}),
  'a name that is an address': (own) => ({ to: { name: STRANGER.address, address: own } }),
  'a line break in the name': (own) => ({
    to: { name: `x\r\nCc: ${STRANGER.address}`, address: own },
  }),
  'a line break in the subject': () => ({ subject: `x\r\nCc: ${STRANGER.address}` }),
  'one RCPT, three in the header': (own) => ({
    to: `${own}, ${STRANGER.address}, zq7x9keve@zq7x9kvictim.example`,
    envelope: { from: 'x@own.test', to: own },
  }),
  'a Cc header of its own': () => ({
    headers: { Cc: `${STRANGER.address}, c@zq7x9kvictim.example` },
  }),
  'a Resent-To header': () => ({ headers: { 'Resent-To': STRANGER.address } }),
  'a raw message': () => ({ headers: { 'X-Original-To': STRANGER.address } }),
}

export const LEAK_NAMES = Object.keys(LEAKS)

/** The mail as a careless sender would build it in this way. */
export async function leak(
  name: string,
  mail: RenderedMail & Planned & { id: string; date: Date },
): Promise<Uint8Array> {
  const { headers, ...over } = (LEAKS[name] as Way)(mail.recipient) as {
    headers?: Record<string, unknown>
  }
  const { from } = mail.expected.sender
  const composer = new MailComposer({
    from: { name: '', address: from },
    to: { name: '', address: mail.recipient },
    subject: mail.subject,
    text: mail.text.replaceAll('\n', '\r\n'),
    html: mail.html.replaceAll('\n', '\r\n'),
    date: mail.date,
    messageId: messageId(mail.id, from),
    headers: { 'Auto-Submitted': 'auto-generated', 'X-Cordon-Mail': mail.id, ...headers } as never,
    newline: 'windows',
    ...over,
  })
  const root = composer.compile()
  if (name === 'a bcc that is kept') {
    root.keepBcc = true
    root.setHeader('Bcc', STRANGER.address)
  }
  const bytes = await root.build()
  if (name !== 'a raw message') return bytes
  const text = bytes.toString('latin1').replace(/X-Original-To:[^\r]*\r\n/i, '')
  return Buffer.from(text.replace(/^To: /m, `To: ${STRANGER.address},\r\n `), 'latin1')
}
