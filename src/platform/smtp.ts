import { Readable } from 'node:stream'
import SMTPConnection from 'nodemailer/lib/smtp-connection'
import { Refusal } from './errors.js'
import type { Secret } from './secret.js'

/** One message for one mailbox. There is no second field for recipients. */
export type SmtpMessage = { from: string; to: string; bytes: Uint8Array }

/** Asked while the message is under way; it is only ever completed after `end` said yes. */
export type SmtpPermits = {
  /**
   * Waited for once a session is there and before the first command of the message, which does not
   * go out when this resolves to false.
   */
  slot?(): Promise<boolean>
  /** Before the first command of the message, and again after the 354, before its first byte. */
  begin(): boolean
  /** Once the bytes are on their way; the final dot is written only after this resolves to true. */
  end(): Promise<boolean>
}

export type SmtpPhase = 'envelope' | 'body' | 'dot'
/** Which command a reply answered. */
export type SmtpReplyPhase = 'mail' | 'rcpt' | 'data' | 'dot'

/** What became of a message. Only `lost` in phase `dot` leaves it open whether it was accepted. */
export type SmtpVerdict =
  | { kind: 'accepted'; reply: string }
  | { kind: 'deferred'; reply: string; at?: SmtpReplyPhase }
  | { kind: 'rejected'; reply: string; at?: SmtpReplyPhase }
  | { kind: 'lost'; phase: SmtpPhase }
  | { kind: 'withheld' }
  | { kind: 'miscounted' }

export type SmtpTransport = {
  /** How many messages may be under way at once. */
  connections: number
  /** Refuses with `mail_transport_refused` when no session can be had; nothing was sent then. */
  deliver(message: SmtpMessage, permits: SmtpPermits): Promise<SmtpVerdict>
  close(): void
}

type Server = {
  host: string
  port: number
  secure: boolean
  auth: { user: string; pass: string } | null
}
type Session = {
  connection: SMTPConnection
  /** The RCPT commands written for the current message, as they went out. */
  recipients: string[]
  messages: number
  isOpen: boolean
}

const CONNECTIONS = 20
const MESSAGES_PER_SESSION = 100

/** Opens sessions with the server of `SMTP_URL` when they are needed and keeps them for reuse. */
export function openTransport(url: Secret, connections = CONNECTIONS): SmtpTransport {
  const server = parseSmtpUrl(url)
  const idle: Session[] = []

  const deliver: SmtpTransport['deliver'] = async (message, permits) => {
    if (!permits.begin()) return { kind: 'withheld' }
    const kept = takeOpen(idle)
    const session = kept ?? (await connect(server))
    const isItsTurn = permits.slot === undefined || (await permits.slot())
    if (!isItsTurn || !permits.begin()) {
      keep(session)
      return { kind: 'withheld' }
    }
    const verdict = await sendOver(session, message, permits)
    const wentStale = verdict.kind === 'lost' && verdict.phase === 'envelope' && kept !== undefined
    return wentStale ? sendOver(await connect(server), message, permits) : verdict
  }
  const sendOver = async (session: Session, message: SmtpMessage, permits: SmtpPermits) => {
    const verdict = await transmit(session, message, permits)
    session.messages += 1
    if (verdict.kind === 'accepted') keep(session)
    else session.connection.close()
    return verdict
  }
  const keep = (session: Session) => {
    if (session.isOpen && session.messages < MESSAGES_PER_SESSION) idle.push(session)
    else session.connection.close()
  }
  const close = () => {
    for (const session of idle.splice(0)) session.connection.quit()
  }
  return { connections, deliver, close }
}

function takeOpen(idle: Session[]): Session | undefined {
  for (;;) {
    const session = idle.pop()
    if (session === undefined || session.isOpen) return session
  }
}

const SCHEMES: Record<string, { secure: boolean; port: number }> = {
  'smtp:': { secure: false, port: 587 },
  'smtps:': { secure: true, port: 465 },
}

/** Reads `smtp://user:password@host:port` or `smtps://…`; refuses with `configuration_invalid`. */
export function parseSmtpUrl(url: Secret): Server {
  const parsed = URL.canParse(url.reveal()) ? new URL(url.reveal()) : null
  const scheme = SCHEMES[parsed?.protocol ?? '']
  if (!parsed?.hostname || !scheme) {
    throw new Refusal(
      'configuration_invalid',
      'SMTP_URL is not usable: write smtp://user:password@host:port, or smtps:// for TLS from the start.',
    )
  }
  return {
    host: parsed.hostname.replace(/^\[|\]$/g, ''),
    port: Number(parsed.port) || scheme.port,
    secure: scheme.secure,
    auth: parsed.username
      ? { user: decodeURIComponent(parsed.username), pass: decodeURIComponent(parsed.password) }
      : null,
  }
}

const LOOPBACK = /^(?:localhost|127(?:\.\d+){3}|::1)$/

function connect(server: Server): Promise<Session> {
  const { auth, host } = server
  const isLoopback = LOOPBACK.test(host)
  return new Promise((resolve, reject) => {
    const recipients: string[] = []
    const connection = new SMTPConnection({
      host,
      port: server.port,
      secure: server.secure,
      ignoreTLS: isLoopback,
      requireTLS: auth !== null && !isLoopback, // a password never travels in the clear
      connectionTimeout: 10_000,
      greetingTimeout: 10_000,
      socketTimeout: 10 * 60_000, // RFC 5321 §4.5.3.2.6: ten minutes for the reply to the dot
      socketCloseTimeout: 0,
      transactionLog: true,
      logger: recipientCounter(recipients),
    })
    const session: Session = { connection, recipients, messages: 0, isOpen: true }
    const fail = (cause?: unknown) => {
      session.isOpen = false
      reject(transportRefused(server, cause))
    }
    const settle = (error?: unknown) => {
      if (!error) return resolve(session)
      fail(error)
      connection.close()
    }
    connection.on('error', fail)
    connection.once('end', () => fail())
    connection.connect((error) => (error || !auth ? settle(error) : connection.login(auth, settle)))
  })
}

/** Sees every command as it is written and keeps the recipients: one per message, or none passes. */
function recipientCounter(recipients: string[]) {
  const ignore = () => undefined
  const debug = (entry: { tnx?: string }, command?: unknown) => {
    const text = String(command)
    if (entry.tnx === 'client' && /^RCPT/i.test(text)) recipients.push(text)
  }
  return {
    level: ignore,
    trace: ignore,
    debug,
    info: ignore,
    warn: ignore,
    error: ignore,
    fatal: ignore,
  }
}

type SmtpFailure = { responseCode?: number; response?: string; command?: string; code?: string }

/** Sends one message with its end withheld until permitted, and knows how far it came. */
function transmit(
  session: Session,
  message: SmtpMessage,
  permits: SmtpPermits,
): Promise<SmtpVerdict> {
  const { connection, recipients } = session
  recipients.length = 0
  return new Promise((resolve, reject) => {
    let phase: SmtpPhase = 'envelope'
    let permission: Promise<void> = Promise.resolve()
    const stop = (kind: 'withheld' | 'miscounted') => {
      connection.close() // destroys the socket: without the dot nothing is accepted
      resolve({ kind })
    }
    const grant = (granted: boolean) => {
      if (body.destroyed) return
      if (!granted) return stop('withheld')
      phase = 'dot'
      body.push(null)
    }
    const start = () => {
      if (!permits.begin()) return stop('withheld')
      if (recipients.length !== 1 || recipients[0] !== `RCPT TO:<${message.to}>`) {
        return stop('miscounted')
      }
      phase = 'body'
      body.push(message.bytes)
      permission = permits.end().then(grant, () => grant(false))
    }
    const body = new Readable({ read: () => phase === 'envelope' && start() })
    // a bounce needs the header only: the body holds the link (RFC 3461 §4.3, where the server knows it)
    const dsn = { ret: 'HDRS' as const }
    const envelope = { from: message.from, to: message.to, dsn }
    // a stamp still under way must be known before anybody acts on the verdict
    const judge = (failure: SmtpFailure | null, reply: string) =>
      permission
        .then(() => (failure ? verdictOf(failure, phase) : acceptance(reply, phase)))
        .then(resolve, reject)
    connection.send(envelope, body, (error, info) => {
      void judge(error as SmtpFailure | null, info?.response ?? '')
    })
  })
}

/** A server that says yes before it saw the dot has accepted nothing. */
const acceptance = (reply: string, phase: SmtpPhase): SmtpVerdict =>
  phase === 'dot' ? { kind: 'accepted', reply } : { kind: 'lost', phase }

function verdictOf(failure: SmtpFailure, phase: SmtpPhase): SmtpVerdict {
  const { responseCode = 0, response = '', command = '' } = failure
  if (responseCode < 400 || responseCode > 599) return { kind: 'lost', phase }
  const at = phase === 'dot' ? 'dot' : (REPLY_PHASES[command] ?? 'data')
  return { kind: responseCode < 500 ? 'deferred' : 'rejected', reply: response, at }
}

const REPLY_PHASES: Record<string, SmtpReplyPhase> = { 'MAIL FROM': 'mail', 'RCPT TO': 'rcpt' }

/** Codes only: what a server writes behind them can hold addresses. */
function answerOf({ response, responseCode, code }: SmtpFailure): string {
  if (!responseCode) return `no usable answer (${code ?? 'connection closed'})`
  const enhanced = /^\d{3}[ -](\d\.\d{1,3}\.\d{1,3})\b/.exec(response ?? '')?.[1]
  return `answer ${enhanced ? `${responseCode} ${enhanced}` : responseCode}`
}

const transportRefused = ({ host, port }: Server, cause: unknown) =>
  new Refusal(
    'mail_transport_refused',
    `The mail server ${host}:${port} does not take mail: ${answerOf((cause ?? {}) as SmtpFailure)}. Check SMTP_URL (host, port, user and password) and that the server is up. Nothing was sent; every mail is still staged.`,
    { cause },
  )

/**
 * The refusal for a sender that the server takes nothing from. Holds its codes and none of its
 * words: those can hold the address of the person.
 */
export const senderRefused = (reply: string): Refusal =>
  new Refusal(
    'mail_transport_refused',
    `The mail server refuses the sender: ${answerOf({ response: reply, responseCode: Number(reply.slice(0, 3)) })}. Check MAIL_FROM and the rights of the user in SMTP_URL. Nothing was sent; every mail is still staged.`,
  )
