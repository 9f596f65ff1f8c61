import { createServer, type Socket } from 'node:net'

/** Where in a conversation something happens; `greeting` and `ehlo` come before any domain is known. */
export type HostilePhase = 'greeting' | 'ehlo' | 'mail' | 'rcpt' | 'data' | 'body' | 'dot'

/** How the sink treats mail to one domain. */
export type Hostility = {
  at?: HostilePhase
  /** At that phase: this reply, no more connection, or silence. */
  does?: string | 'drop' | 'hang'
  /** Of a hundred messages, evenly spread; all when left out. */
  percent?: number
  /** Before each reply to a dot. */
  slowMs?: number
  /** Recipients a second that are taken; those beyond it are told `tooFast`. Nobody is told the limit. */
  limit?: number
  tooFast?: string
}

/** What came for one domain. Times in milliseconds since the epoch, with fractions. */
export type Seen = {
  recipients: number
  refused: number
  dots: number
  accepted: number
  /** The most recipients in one transaction. */
  mostRecipients: number
  /** When each recipient was named: what a provider that counts, counts. */
  askedAtMs: number[]
  acceptedAtMs: number[]
  refusedAtMs: number[]
}

export type HostileSink = {
  url: string
  port: number
  /** Changes how mail to a domain is treated from now on; `*` is every domain that is not named. */
  set(domain: string, hostility: Hostility): void
  read(): { connections: number; most: number; domains: Record<string, Seen> }
  close(): Promise<void>
}

const TOO_FAST = '451 4.7.1 Rate limit exceeded, slow down'
const nowMs = () => performance.timeOrigin + performance.now()

type Shared = {
  hostility: Map<string, Hostility>
  seen: Map<string, Seen>
  window: Map<string, number[]>
  connections: number
  most: number
}

/** An SMTP server on loopback that takes nothing seriously and remembers everything. */
export async function startHostileSink(
  domains: Record<string, Hostility> = {},
): Promise<HostileSink> {
  const shared: Shared = {
    hostility: new Map(Object.entries(domains)),
    seen: new Map(),
    window: new Map(),
    connections: 0,
    most: 0,
  }
  const sockets = new Set<Socket>()
  const server = createServer((socket) => {
    sockets.add(socket)
    shared.connections += 1
    shared.most = Math.max(shared.most, sockets.size)
    socket.setNoDelay(true)
    socket.on('error', () => undefined)
    socket.on('close', () => sockets.delete(socket))
    converse(socket, shared)
  })
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening))
  const address = server.address()
  const port = typeof address === 'object' && address ? address.port : 0
  return {
    url: `smtp://127.0.0.1:${port}`,
    port,
    set: (domain, hostility) => shared.hostility.set(domain, hostility),
    read: () => ({
      connections: shared.connections,
      most: shared.most,
      domains: Object.fromEntries(shared.seen),
    }),
    close: () => {
      for (const socket of sockets) socket.destroy()
      return new Promise((closed) => server.close(() => closed()))
    },
  }
}

type Talk = {
  socket: Socket
  shared: Shared
  domain: string
  recipients: number
  /** Whether this message is one of those that are treated badly; decided with its recipient. */
  isHostile: boolean
  inData: boolean
  buffered: string
}

function converse(socket: Socket, shared: Shared): void {
  const talk: Talk = {
    socket,
    shared,
    domain: '*',
    recipients: 0,
    isHostile: true,
    inData: false,
    buffered: '',
  }
  say(talk, 'greeting', '220 hostile ESMTP')
  socket.setEncoding('latin1')
  socket.on('data', (chunk: string) => {
    talk.buffered += chunk
    while (!socket.destroyed && (talk.inData ? takeBody(talk) : takeLine(talk)));
  })
}

function takeLine(talk: Talk): boolean {
  const end = talk.buffered.indexOf('\r\n')
  if (end < 0) return false
  const line = talk.buffered.slice(0, end)
  talk.buffered = talk.buffered.slice(end + 2)
  const verb = line.slice(0, 4).toUpperCase()
  if (verb === 'EHLO') say(talk, 'ehlo', '250-hostile\r\n250 8BITMIME')
  else if (verb === 'MAIL') {
    talk.recipients = 0
    talk.domain = '*'
    talk.isHostile = true
    say(talk, 'mail', '250 ok')
  } else if (verb === 'RCPT') takeRecipient(talk, line)
  else if (verb === 'DATA') talk.inData = say(talk, 'data', '354 go on')
  else if (verb === 'QUIT') talk.socket.end('221 bye\r\n')
  else talk.socket.write('250 ok\r\n')
  return true
}

function takeRecipient(talk: Talk, line: string): void {
  talk.domain = /@([^>]*)>/.exec(line)?.[1] ?? '*'
  talk.recipients += 1
  const seen = seenOf(talk)
  seen.recipients += 1
  seen.askedAtMs.push(nowMs())
  seen.mostRecipients = Math.max(seen.mostRecipients, talk.recipients)
  const { limit, tooFast = TOO_FAST, percent = 100 } = hostilityOf(talk)
  talk.isHostile = isOneOf(percent, seen.recipients)
  if (limit !== undefined && !fits(talk, limit)) {
    seen.refused += 1
    seen.refusedAtMs.push(nowMs())
    talk.socket.write(`${tooFast}\r\n`)
    return
  }
  say(talk, 'rcpt', '250 ok')
}

/** Whether fewer than `limit` were taken within the last second; then this one is. */
function fits({ shared, domain }: Talk, limit: number): boolean {
  const now = nowMs()
  const window = (shared.window.get(domain) ?? []).filter((at) => at > now - 1_000)
  const isFree = window.length < limit
  if (isFree) window.push(now)
  shared.window.set(domain, window)
  return isFree
}

const DOT = '\r\n.\r\n'

function takeBody(talk: Talk): boolean {
  if (isHostileAt(talk, 'body') && talk.buffered.length > 0) {
    talk.buffered = ''
    say(talk, 'body', '')
    return false
  }
  const end = talk.buffered.indexOf(DOT)
  if (end < 0) return false
  talk.buffered = talk.buffered.slice(end + DOT.length)
  talk.inData = false
  const seen = seenOf(talk)
  seen.dots += 1
  const { slowMs = 0, does = '' } = hostilityOf(talk)
  const isTaken = !isHostileAt(talk, 'dot') || does.startsWith('2')
  if (isTaken) {
    seen.accepted += 1
    seen.acceptedAtMs.push(nowMs())
  }
  const reply = () => !talk.socket.destroyed && say(talk, 'dot', '250 2.0.0 taken', !isTaken)
  if (slowMs > 0) setTimeout(reply, slowMs)
  else reply()
  return true
}

const hostilityOf = ({ shared, domain }: Talk): Hostility =>
  shared.hostility.get(domain) ?? shared.hostility.get('*') ?? {}

function seenOf({ shared, domain }: Talk): Seen {
  const seen = shared.seen.get(domain) ?? {
    recipients: 0,
    refused: 0,
    dots: 0,
    accepted: 0,
    mostRecipients: 0,
    askedAtMs: [],
    acceptedAtMs: [],
    refusedAtMs: [],
  }
  shared.seen.set(domain, seen)
  return seen
}

/** Whether the nth message belongs to this many of a hundred, evenly spread. */
const isOneOf = (percent: number, nth: number) =>
  Math.floor((nth * percent) / 100) > Math.floor(((nth - 1) * percent) / 100)

const isHostileAt = (talk: Talk, phase: HostilePhase) =>
  talk.isHostile && hostilityOf(talk).at === phase

/** Answers as told, or as usual. True when the usual answer was given. */
function say(
  talk: Talk,
  phase: HostilePhase,
  usual: string,
  isHostile = isHostileAt(talk, phase),
): boolean {
  const told = isHostile ? hostilityOf(talk).does : undefined
  if (told === 'hang') return false
  if (told === 'drop') {
    talk.socket.destroy()
    return false
  }
  talk.socket.write(`${told ?? usual}\r\n`)
  return told === undefined
}

/** As a process of its own, forked: domains in its first argument, `read` and `set` as messages. */
if (process.argv[1]?.endsWith('hostile-sink.ts')) {
  const sink = await startHostileSink(JSON.parse(process.argv[2] ?? '{}'))
  process.on('message', (asked: { set?: [string, Hostility] }) => {
    if (asked.set) sink.set(...asked.set)
    process.send?.(sink.read())
  })
  process.on('disconnect', () => process.exit(0))
  process.send?.({ port: sink.port })
}
