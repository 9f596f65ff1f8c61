import { createServer, type RequestListener, type Server } from 'node:http'
import { type AddressInfo, Server as NetServer } from 'node:net'
import { setTimeout as pause } from 'node:timers/promises'
import { Refusal } from '../errors.js'
import { openDesk, type Turnstile } from './desk.js'

export type Endpoint = { host: string; port: number }
export type Listener = {
  url: string
  /** From now on every answer ends its connection, so that clients look for another process. */
  drain(): void
  /**
   * Takes no new connection, and waits until those there are have ended, or so long: whoever is about
   * to use an idle one still gets an answer.
   */
  linger(ms: number): Promise<void>
  close(): Promise<void>
}

/**
 * A slow client costs a socket for this long, not for ever. An idle connection is for its client to
 * end: load balancers do so after 60 seconds at most. A server that does it sooner cuts requests that
 * arrived while it stood still, because its clocks are read before its sockets.
 */
const TIMEOUTS = {
  headersTimeout: 10_000,
  requestTimeout: 20_000,
  keepAliveTimeout: 75_000,
  connectionsCheckingInterval: 1_000,
}
const MOST_CONNECTIONS = 5_000
/** So many may knock at one moment; who finds no room among these tries again only after a second. */
const BACKLOG = 4_096
/** More requests at once are refused before anything is done for them. */
const MOST_UNDER_WAY = 2_000
const CLOSE_LIMIT_MS = 8_000

type ListenOptions = Partial<typeof TIMEOUTS> & {
  mostUnderWay?: number
  /** By path. */
  turnstiles?: Readonly<Record<string, Turnstile>>
  mostConnections?: number
}

/**
 * Listens on host and port; port 0 takes any free one, which `url` then names. Refuses with
 * `port_taken` or `configuration_invalid`. `close` stops intake, lets running requests end, and cuts
 * what is still open after eight seconds.
 */
export async function listen(
  app: RequestListener,
  { host, port }: Endpoint,
  options: ListenOptions = {},
): Promise<Listener> {
  const {
    mostUnderWay = MOST_UNDER_WAY,
    turnstiles = {},
    mostConnections = MOST_CONNECTIONS,
    ...timeouts
  } = options
  const desk = openDesk(app, { mostUnderWay, turnstiles, roomyUntil: mostConnections / 2 })
  const server = createServer({ ...TIMEOUTS, ...timeouts }, desk.receive)
  server.maxConnections = mostConnections
  server.on('connection', desk.connect)
  await new Promise<void>((resolve, reject) => {
    server.once('error', (cause) => reject(refuseListening(cause, host, port)))
    server.listen({ port, host, backlog: BACKLOG }, resolve)
  })
  const address = server.address() as AddressInfo
  return {
    url: `http://${hostInUrl(host)}:${address.port}`,
    drain: desk.drain,
    linger: (ms) => linger(server, ms),
    close: () => {
      desk.drain()
      return close(server, desk.endIdle)
    },
  }
}

const hostInUrl = (host: string) => (host.includes(':') ? `[${host}]` : host)

function refuseListening(cause: Error, host: string, port: number): Refusal {
  const { code } = cause as NodeJS.ErrnoException
  const where = `${hostInUrl(host)}:${port}`
  if (code === 'EADDRINUSE') {
    return new Refusal(
      'port_taken',
      `Another process already listens on ${where}. Stop it, or set STAFF_ADDR or PUBLIC_ADDR to another port (0 takes any free one).`,
      { cause },
    )
  }
  return new Refusal(
    'configuration_invalid',
    `Cordon cannot listen on ${where} (${code ?? cause.message}). Set STAFF_ADDR or PUBLIC_ADDR to an address of this machine and a port it may use.`,
    { cause },
  )
}

/** The `close` of HTTP servers also ends idle connections, in the face of who uses them just now. */
async function linger(server: Server, ms: number): Promise<void> {
  const closed = new Promise<void>((resolve) =>
    NetServer.prototype.close.call(server, () => resolve()),
  )
  const stop = new AbortController()
  const over = pause(ms, undefined, { signal: stop.signal }).catch(() => undefined)
  await Promise.race([closed, over])
  stop.abort()
}

async function close(server: Server, endIdle: () => void): Promise<void> {
  const closed = new Promise<void>((resolve) => server.close(() => resolve()))
  endIdle()
  // What was a stream until now is idle a moment after its end.
  const idle = setInterval(endIdle, 50)
  const cut = setTimeout(() => server.closeAllConnections(), CLOSE_LIMIT_MS)
  await closed
  clearTimeout(cut)
  clearInterval(idle)
}
