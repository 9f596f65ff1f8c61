import { SMTPServer, type SMTPServerDataStream, type SMTPServerSession } from 'smtp-server'
import { Refusal } from './errors.js'

/** One message for one mailbox, whole. */
export type IntakeMessage = {
  recipient: string
  /** The envelope sender; empty for the null path. */
  sender: string
  bytes: Uint8Array
}

/** `later` asks the client to come back: it has had its share for now. */
export type Welcome = 'welcome' | 'later' | 'refused'

/** Why a message was not taken, besides what `accepts` decided. */
export type Shed = 'busy' | 'oversized' | 'failed'

export type IntakeOptions = {
  host: string
  port: number
  /** How the server calls itself. */
  name: string
  /** Whether this recipient has a mailbox here; asked for every RCPT, so it must be quick. */
  accepts(recipient: string): Welcome
  /** Resolves once the message is durable: only then the client hears 250. False: it is not for us. */
  take(message: IntakeMessage): Promise<boolean>
  onShed(why: Shed, error?: unknown): void
  limits?: Partial<IntakeLimits>
}

export type IntakeLimits = {
  /** Largest message, in bytes. A report holds at most the mail it is about, and ours are small. */
  bytes: number
  connections: number
  /** Of one address that is not this machine: one stranger cannot hold all of them. */
  connectionsPerSource: number
  /** Messages that wait for the database at once; beyond it the client is asked to come back. */
  underWay: number
  /** A connection that says nothing ends after this. */
  idleMs: number
  /** And any connection after this, however slowly it speaks. */
  lifetimeMs: number
}

const LIMITS: IntakeLimits = {
  bytes: 128 * 1024,
  connections: 100,
  connectionsPerSource: 20,
  underWay: 16,
  idleMs: 20_000,
  lifetimeMs: 120_000,
}
const CLOSE_MS = 2_000
const LOOPBACK = /^(?:127\.|::1$|::ffff:127\.)/
const NO_COMMANDS = [
  'AUTH',
  'STARTTLS',
  'VRFY',
  'HELP',
  'WIZ',
  'SHELL',
  'KILL',
  'XCLIENT',
  'XFORWARD',
]

export type Intake = { url: string; close(): Promise<void> }

/**
 * An SMTP server that only takes mail in: for the mailboxes that `accepts` knows, one recipient a
 * message, no relaying, no authentication. Its answers never hold an address. Refuses with
 * `port_taken` or `configuration_invalid` when it cannot listen.
 */
export async function startIntake(options: IntakeOptions): Promise<Intake> {
  const limits = { ...LIMITS, ...options.limits }
  const desk = openDesk(options, limits)
  const sources = countSources(limits.connectionsPerSource)
  const server = new SMTPServer({
    name: options.name,
    disabledCommands: NO_COMMANDS,
    disableReverseLookup: true,
    logger: false,
    size: limits.bytes,
    rejectOversized: true,
    maxClients: limits.connections,
    maxRecipients: 1,
    maxCommandLength: 2_048,
    socketTimeout: limits.idleMs,
    closeTimeout: CLOSE_MS,
    onConnect: (session, done) => done(sources.enter(session) ? null : answer(421, BUSY)),
    onClose: sources.leave,
    onMailFrom: (_address, _session, done) => done(desk.isBusy() ? desk.shed() : null),
    onRcptTo: ({ address }, _session, done) => done(WELCOMES[options.accepts(address)]()),
    onData: (stream, session, done) => {
      desk.take(stream, session).then((refusal) => done(refusal, 'OK'), done)
    },
  })
  server.on('error', () => undefined) // a client that vanishes is its own affair
  server.server.on('connection', (socket) => {
    const end = setTimeout(() => socket.destroy(), limits.lifetimeMs).unref()
    socket.once('close', () => clearTimeout(end))
  })
  const url = await listenOn(server, options)
  return { url, close: () => new Promise<void>((closed) => server.close(() => closed())) }
}

async function listenOn(server: SMTPServer, { host, port }: IntakeOptions): Promise<string> {
  await new Promise<void>((listening, failed) => {
    server.server.once('error', (cause) => failed(cannotListen(cause, host, port)))
    server.listen(port, host, listening)
  })
  const address = server.server.address()
  const bound = typeof address === 'object' && address ? address.port : port
  return `smtp://${host.includes(':') ? `[${host}]` : host}:${bound}`
}

function cannotListen(cause: Error, host: string, port: number): Refusal {
  const { code } = cause as NodeJS.ErrnoException
  const isTaken = code === 'EADDRINUSE'
  return new Refusal(
    isTaken ? 'port_taken' : 'configuration_invalid',
    isTaken
      ? `Another process already listens on ${host}:${port}. Stop it, or set BOUNCE_ADDR to another port (0 takes any free one).`
      : `Cordon cannot listen on ${host}:${port} (${code ?? cause.message}). Set BOUNCE_ADDR to an address of this machine and a port it may use.`,
    { cause },
  )
}

const BUSY = '4.3.2 Busy, come back later'
const answer = (responseCode: number, message: string): Error =>
  Object.assign(new Error(message), { responseCode })

const WELCOMES: Record<Welcome, () => Error | null> = {
  welcome: () => null,
  later: () => answer(450, '4.2.1 This mailbox has had enough for now, come back later'),
  refused: () => answer(550, '5.1.1 No such mailbox here'),
}

/** Whoever takes messages in, and knows how many are under way. */
function openDesk(options: IntakeOptions, limits: IntakeLimits) {
  let underWay = 0
  const isBusy = () => underWay >= limits.underWay
  const shed = (why: Shed = 'busy', error?: unknown) => {
    options.onShed(why, error)
    return answer(451, why === 'failed' ? '4.3.0 Not stored, come back later' : BUSY)
  }
  const take = async (stream: SMTPServerDataStream, session: SMTPServerSession) => {
    const bytes = await collect(stream)
    if (bytes === undefined) {
      options.onShed('oversized')
      return answer(552, '5.3.4 Too large')
    }
    if (isBusy()) return shed()
    underWay += 1
    try {
      const { mailFrom, rcptTo } = session.envelope
      const sender = mailFrom ? mailFrom.address : ''
      const isTaken = await options.take({ recipient: rcptTo[0]?.address ?? '', sender, bytes })
      return isTaken ? null : WELCOMES.refused()
    } catch (error) {
      return shed('failed', error)
    } finally {
      underWay -= 1
    }
  }
  return { isBusy, shed, take }
}

/** The whole message; `undefined` once it was too large, and nothing of it is kept then. */
async function collect(stream: SMTPServerDataStream): Promise<Uint8Array | undefined> {
  const chunks: Buffer[] = []
  for await (const chunk of stream) {
    if (stream.sizeExceeded) chunks.length = 0
    else chunks.push(chunk as Buffer)
  }
  return stream.sizeExceeded ? undefined : Buffer.concat(chunks)
}

type Client = Pick<SMTPServerSession, 'id' | 'remoteAddress'>

/** Counts the open connections of each address, but for this machine, where a relay speaks for all. */
export function countSources(most: number) {
  const open = new Map<string, Set<string>>()
  const enter = ({ id, remoteAddress }: Client): boolean => {
    if (LOOPBACK.test(remoteAddress)) return true
    const ids = open.get(remoteAddress) ?? new Set()
    if (ids.size >= most) return false
    open.set(remoteAddress, ids.add(id))
    return true
  }
  const leave = ({ id, remoteAddress }: Client): void => {
    const ids = open.get(remoteAddress)
    ids?.delete(id)
    if (ids?.size === 0) open.delete(remoteAddress)
  }
  return { enter, leave }
}
