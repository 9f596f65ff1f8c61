import { once } from 'node:events'
import { connect, type Socket } from 'node:net'

export type SmtpClient = {
  socket: Socket
  /** Sends one line and answers with the whole reply; `''` when the server hung up instead. */
  say(line: string): Promise<string>
  /** After a 354: the message with its dots doubled, and the end of it. */
  data(bytes: Uint8Array): Promise<string>
  close(): void
}

/** Speaks SMTP line by line, so that a test can be as rude as it likes. Answers once it was greeted. */
export async function smtpClient(url: string): Promise<SmtpClient & { greeting: string }> {
  const { hostname, port } = new URL(url)
  const socket = connect(Number(port), hostname)
  socket.setNoDelay(true)
  socket.on('error', () => undefined)
  socket.setEncoding('latin1')
  let received = ''
  const waiting: (() => void)[] = []
  const wake = () => {
    for (const each of waiting.splice(0)) each()
  }
  socket.on('data', (text: string) => {
    received += text
    wake()
  })
  socket.on('close', wake)
  const reply = async (): Promise<string> => {
    for (;;) {
      const [whole] = /^(?:\d{3}-[^\n]*\n)*\d{3} [^\n]*\n/.exec(received) ?? []
      if (whole !== undefined) {
        received = received.slice(whole.length)
        return whole.trimEnd()
      }
      if (socket.destroyed) return ''
      await new Promise<void>((resolve) => waiting.push(resolve))
    }
  }
  const say = (line: string) => {
    if (!socket.destroyed) socket.write(`${line}\r\n`)
    return reply()
  }
  await once(socket, 'connect')
  return {
    socket,
    greeting: await reply(),
    say,
    data: (bytes) => {
      const text = Buffer.from(bytes).toString('latin1').replace(/^\./gm, '..')
      socket.write(text.endsWith('\r\n') ? text : `${text}\r\n`, 'latin1')
      return say('.')
    },
    close: () => socket.destroy(),
  }
}

/** One message over a connection of its own: the reply that decided it. */
export async function deliver(
  url: string,
  { from = '', to, bytes }: { from?: string; to: string; bytes: Uint8Array },
): Promise<string> {
  const client = await smtpClient(url)
  try {
    return await deliverOver(client, { from, to, bytes })
  } finally {
    client.close()
  }
}

/** The same over one that is open and greeted. */
export async function deliverOver(
  client: SmtpClient,
  { from = '', to, bytes }: { from?: string; to: string; bytes: Uint8Array },
): Promise<string> {
  let last = ''
  for (const line of ['EHLO mx.example.org', `MAIL FROM:<${from}>`, `RCPT TO:<${to}>`, 'DATA']) {
    last = await client.say(line)
    if (!/^[23]/.test(last)) return last
  }
  return client.data(bytes)
}
