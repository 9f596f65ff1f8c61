import { randomUUID } from 'node:crypto'
import { appendFile, link, mkdir, readFile, rename, unlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Readable } from 'node:stream'
import { SMTPServer, type SMTPServerSession } from 'smtp-server'

/** A message that the embedded mailbox took. It stays in the folder; nobody outside was told. */
export type MailboxMessage = {
  file: string
  recipient: string
  /** RFC 3339. */
  receivedAt: string
  bytes: number
}

const INDEX = 'index.ndjson'
const MAIL_ID = /^x-cordon-mail: ([0-9a-f-]{36})\r?$/im
const LONGEST_MESSAGE = 1024 * 1024
const CLOSE_MS = 2_000

/**
 * An SMTP server for one mailbox folder: loopback, a free port, delivers nowhere. Each message is
 * a file before it is answered with 250. A second recipient is refused.
 */
export async function startMailbox(dir: string): Promise<{ url: string; close(): Promise<void> }> {
  await mkdir(dir, { recursive: true, mode: 0o700 })
  const server = new SMTPServer({
    disabledCommands: ['AUTH', 'STARTTLS'],
    disableReverseLookup: true,
    size: LONGEST_MESSAGE,
    closeTimeout: CLOSE_MS,
    onRcptTo: ({ address: _address }, session, done) =>
      done(session.envelope.rcptTo.length > 0 ? refusal('One recipient per message') : null),
    onData: (stream, session, done) => {
      keep(dir, stream, session).then(() => done(null), done)
    },
  })
  server.on('error', () => undefined) // a client that vanishes is its own affair
  await new Promise<void>((ready, failed) => {
    server.server.once('error', failed)
    server.listen(0, '127.0.0.1', ready)
  })
  const address = server.server.address()
  const port = typeof address === 'object' && address ? address.port : 0
  const close = () => new Promise<void>((closed) => server.close(closed))
  return { url: `smtp://127.0.0.1:${port}`, close }
}

/** The messages of a mailbox folder in the order they came; none when there is no folder yet. */
export async function listMailbox(dir: string): Promise<MailboxMessage[]> {
  const index = await readFile(join(dir, INDEX), 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return ''
    throw error
  })
  return index
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as MailboxMessage)
}

const refusal = (message: string) => Object.assign(new Error(message), { responseCode: 452 })

async function keep(dir: string, stream: Readable, session: SMTPServerSession): Promise<void> {
  const chunks: Buffer[] = []
  for await (const chunk of stream) chunks.push(chunk as Buffer)
  const content = Buffer.concat(chunks)
  const file = await writeOnce(dir, content)
  const [recipient] = session.envelope.rcptTo
  const message: MailboxMessage = {
    file: join(dir, file),
    recipient: recipient?.address ?? '',
    receivedAt: new Date().toISOString(),
    bytes: content.length,
  }
  await appendFile(join(dir, INDEX), `${JSON.stringify(message)}\n`, { mode: 0o600 })
}

/** Named by the mail; a second copy of one mail gets a name of its own, so that it is seen. */
async function writeOnce(dir: string, content: Buffer): Promise<string> {
  const draft = join(dir, `.${randomUUID()}.part`)
  await writeFile(draft, content, { mode: 0o600 })
  const head = content.toString('latin1', 0, content.indexOf('\r\n\r\n'))
  const mailId = MAIL_ID.exec(head)?.[1]
  const fallback = `${Date.now()}-${randomUUID()}.eml`
  try {
    await link(draft, join(dir, mailId ? `${mailId}.eml` : fallback))
    await unlink(draft)
    return mailId ? `${mailId}.eml` : fallback
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
    const copy = `${mailId}.${randomUUID()}.eml`
    await rename(draft, join(dir, copy))
    return copy
  }
}
