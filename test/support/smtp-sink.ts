import { createServer, type Socket } from 'node:net'

/** What happens to one message: at which step, and whether to answer, to vanish, or to say nothing. */
export type Behaviour = {
  at: 'greeting' | 'mail' | 'rcpt' | 'data' | 'body' | 'dot'
  answer: string | 'drop' | 'hang'
}

export type SunkMessage = {
  from: string
  rcpts: string[]
  data: string
  dotAtMs: number
  accepted: boolean
}

export type SinkOptions = {
  /** Called once per message (or connection, for the greeting) with its number from 0. */
  behave?: (message: number, rcpt: string | undefined) => Behaviour | undefined
  extensions?: string[]
  /** Keep only counts, for benchmarks. */
  countOnly?: boolean
  dotDelayMs?: number
  /** Before every answer but that to the dot. */
  replyDelayMs?: number
}

export type Sink = {
  url: string
  port: number
  messages: SunkMessage[]
  /** Every MAIL command, whether or not its message was completed. */
  transactions: { rcpts: string[]; bytes: number }[]
  connections: number
  accepted: number
  dots: number
  /** When the last dot came, by `monotonicMs`, which all processes of a machine share. */
  lastDotAtMs: number
  /** Messages begun with MAIL on connections that are open, and not answered yet. */
  readonly underWay: number
  /** Ends every open connection. */
  dropAll(): void
  close(): Promise<void>
}

/** Milliseconds of the machine's monotonic clock. */
export const monotonicMs = (): number => Number(process.hrtime.bigint()) / 1e6

/** An SMTP server that delivers nowhere, counts everything and misbehaves as it is told. */
export async function startSink(options: SinkOptions = {}): Promise<Sink> {
  const sockets = new Set<Socket>()
  const begun = new Set<Socket>()
  const sink: Sink = {
    url: '',
    port: 0,
    messages: [],
    transactions: [],
    connections: 0,
    accepted: 0,
    dots: 0,
    lastDotAtMs: 0,
    get underWay() {
      return begun.size
    },
    dropAll: () => {
      for (const socket of sockets) socket.destroy()
    },
    close: () => {
      sink.dropAll()
      return new Promise((closed) => server.close(() => closed()))
    },
  }
  const server = createServer((socket) => {
    sockets.add(socket)
    socket.setNoDelay(true)
    socket.on('error', () => undefined)
    socket.on('close', () => {
      sockets.delete(socket)
      begun.delete(socket)
    })
    converse(socket, sink, { options, begun })
  })
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening))
  const address = server.address()
  sink.port = typeof address === 'object' && address ? address.port : 0
  sink.url = `smtp://127.0.0.1:${sink.port}`
  return sink
}

type Conversation = {
  socket: Socket
  sink: Sink
  options: SinkOptions
  begun: Set<Socket>
  behaviour: Behaviour | undefined
  transaction: Sink['transactions'][number] | undefined
  from: string
  rcpts: string[]
  inData: boolean
  buffered: string
}

const DOT = '\r\n.\r\n'

type Kept = Pick<Conversation, 'options' | 'begun'>

function converse(socket: Socket, sink: Sink, { options, begun }: Kept): void {
  const talk: Conversation = {
    socket,
    sink,
    options,
    begun,
    behaviour: options.behave?.(sink.connections, undefined),
    transaction: undefined,
    from: '',
    rcpts: [],
    inData: false,
    buffered: '',
  }
  sink.connections += 1
  say(talk, 'greeting', '220 sink ESMTP')
  socket.setEncoding('latin1')
  socket.on('data', (chunk: string) => {
    talk.buffered += chunk
    listen(talk)
  })
}

function listen(talk: Conversation): void {
  for (;;) {
    if (talk.inData) {
      if (!takeData(talk)) return
      continue
    }
    const end = talk.buffered.indexOf('\r\n')
    if (end < 0) return
    const line = talk.buffered.slice(0, end)
    talk.buffered = talk.buffered.slice(end + 2)
    command(talk, line)
  }
}

function command(talk: Conversation, line: string): void {
  const verb = line.slice(0, 4).toUpperCase()
  const { socket, sink, options } = talk
  if (verb === 'EHLO') {
    const lines = ['sink', ...(options.extensions ?? ['8BITMIME'])]
    socket.write(
      lines.map((text, i) => `250${i < lines.length - 1 ? '-' : ' '}${text}\r\n`).join(''),
    )
  } else if (verb === 'MAIL') {
    talk.behaviour = options.behave?.(sink.transactions.length, undefined)
    talk.from = /<(.*)>/.exec(line)?.[1] ?? ''
    talk.rcpts = []
    talk.transaction = { rcpts: talk.rcpts, bytes: 0 }
    sink.transactions.push(talk.transaction)
    talk.begun.add(socket)
    say(talk, 'mail', '250 ok')
  } else if (verb === 'RCPT') {
    talk.rcpts.push(/<(.*)>/.exec(line)?.[1] ?? '')
    talk.behaviour = options.behave?.(sink.transactions.length - 1, talk.rcpts[0])
    say(talk, 'rcpt', '250 ok')
  } else if (verb === 'DATA') {
    talk.inData = say(talk, 'data', '354 go on')
  } else if (verb === 'AUTH') {
    socket.write('535 5.7.8 no such person@example.org\r\n')
  } else if (verb === 'QUIT') {
    socket.end('221 bye\r\n')
  } else socket.write('250 ok\r\n')
}

/** Returns false while the message is incomplete. */
function takeData(talk: Conversation): boolean {
  const { sink, options, socket } = talk
  if (talk.transaction) talk.transaction.bytes = talk.buffered.length
  if (talk.behaviour?.at === 'body' && talk.buffered.length > 0) {
    say(talk, 'body', '')
    talk.buffered = ''
    return false
  }
  const end = talk.buffered.indexOf(DOT)
  if (end < 0) return false
  const data = talk.buffered.slice(0, end + 2)
  talk.buffered = talk.buffered.slice(end + DOT.length)
  talk.inData = false
  sink.dots += 1
  sink.lastDotAtMs = monotonicMs()
  const accepted = talk.behaviour?.at !== 'dot' || talk.behaviour.answer.startsWith('2')
  if (accepted) sink.accepted += 1
  if (!options.countOnly) {
    const unstuffed = data.replace(/^\.\./gm, '.')
    const { from, rcpts } = talk
    sink.messages.push({ from, rcpts, data: unstuffed, dotAtMs: Date.now(), accepted })
  }
  const reply = () => {
    talk.begun.delete(socket)
    if (!socket.destroyed) say(talk, 'dot', '250 2.0.0 taken')
  }
  if (options.dotDelayMs) setTimeout(reply, options.dotDelayMs)
  else reply()
  return true
}

/** Answers as told, or as usual. True when the usual answer was given. */
function say(talk: Conversation, at: Behaviour['at'], usual: string): boolean {
  const told = talk.behaviour?.at === at ? talk.behaviour.answer : undefined
  if (told === 'hang') return false
  if (told === 'drop') {
    talk.socket.destroy()
    return false
  }
  const answer = () => talk.socket.write(`${told ?? usual}\r\n`)
  const { replyDelayMs } = talk.options
  if (replyDelayMs && at !== 'dot') setTimeout(answer, replyDelayMs)
  else answer()
  return told === undefined
}
