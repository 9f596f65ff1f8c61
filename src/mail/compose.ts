import MailComposer from 'nodemailer/lib/mail-composer'
import type { Recipient } from './recipient.js'
import type { RenderedMail } from './render.js'

export type Composition = RenderedMail & {
  mailId: string
  from: string
  recipient: Recipient
  date: Date
}

/**
 * The Message-ID of a mail: its own, and the same at every attempt, so that a server that has
 * seen it before can tell.
 */
export const messageId = (mailId: string, from: string): string =>
  `<${mailId}@${from.slice(from.lastIndexOf('@') + 1)}>`

/** Builds the bytes of the message. Pure but for the random boundary between its two parts. */
export function compose(mail: Composition): Promise<Buffer> {
  const composer = new MailComposer({
    from: { name: '', address: mail.from },
    to: { name: '', address: mail.recipient },
    subject: mail.subject,
    text: mail.text,
    html: mail.html,
    date: mail.date,
    messageId: messageId(mail.mailId, mail.from),
    headers: { 'Auto-Submitted': 'auto-generated', 'X-Cordon-Mail': mail.mailId },
    disableFileAccess: true,
    disableUrlAccess: true,
  })
  return composer.compile().build()
}
