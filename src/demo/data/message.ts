/** Lines are folded at this width (RFC 5322 §2.1.1), which only a single long mailbox exceeds. */
const WIDTH = 78

const BODY = [
  'Dear trader,',
  '',
  'The weights of the .MXBT and .METH indices change with the next rebalancing.',
  'Index prices are not affected at the moment of the change, and no action is',
  'needed on your side. The new weights are listed on the index page.',
  '',
  'Meridian Exchange',
]

/** What the mailer sent: everybody's address in `To:` of one message. */
export function exposingMessage(
  no: number,
  recipients: readonly string[],
  at: Date,
): { name: string; content: string } {
  const number = String(no).padStart(3, '0')
  const lines = [
    'From: Meridian Exchange <indices@meridian.example>',
    ...foldList('To:', recipients),
    'Subject: Upcoming changes to index weights',
    `Date: ${mailDate(at)}`,
    `Message-ID: <index-weights-${number}.${at.getTime()}@mailer.meridian.example>`,
    'MIME-Version: 1.0',
    'Content-Type: text/plain; charset=utf-8',
    'Content-Transfer-Encoding: 8bit',
    '',
    ...BODY,
    '',
  ]
  return { name: `leak-${number}.eml`, content: lines.join('\r\n') }
}

/** RFC 5322 §3.3. */
const mailDate = (at: Date) => at.toUTCString().replace('GMT', '+0000')

function foldList(field: string, mailboxes: readonly string[]): string[] {
  const lines: string[] = []
  let line = field
  mailboxes.forEach((mailbox, index) => {
    const text = index < mailboxes.length - 1 ? `${mailbox},` : mailbox
    if (line.length + 1 + text.length > WIDTH && line !== field) {
      lines.push(line)
      line = ''
    }
    line += ` ${text}`
  })
  lines.push(line)
  return lines
}
