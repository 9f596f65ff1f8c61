import { randomUUID } from 'node:crypto'
import { createServer, type RequestListener, type Server, type ServerResponse } from 'node:http'
import { type AddressInfo, Server as NetServer, type Socket } from 'node:net'
import { setTimeout as pause } from 'node:timers/promises'
import { Refusal } from '../errors.js'
import { problemOf } from './problem.js'

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
/** More requests at once are refused before anything is done for them. */
const MOST_UNDER_WAY = 2_000
const CLOSE_LIMIT_MS = 8_000

type ListenOptions = Partial<typeof TIMEOUTS> & { mostUnderWay?: number; mostConnections?: number }

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
  const { mostUnderWay = MOST_UNDER_WAY, mostConnections = MOST_CONNECTIONS, ...timeouts } = options
  const desk = openDesk(app, { mostUnderWay, roomyUntil: mostConnections / 2 })
  const server = createServer({ ...TIMEOUTS, ...timeouts }, desk.receive)
  server.maxConnections = mostConnections
  server.on('connection', desk.connect)
  await new Promise<void>((resolve, reject) => {
    server.once('error', (cause) => reject(refuseListening(cause, host, port)))
    server.listen(port, host, resolve)
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

type Room = { mostUnderWay: number; roomyUntil: number }

/**
 * Counts the requests that are under way, and sheds what comes on top while that is cheap. When there
 * are many connections no answer leaves an idle one, so that idle ones keep nobody out.
 */
function openDesk(app: RequestListener, { mostUnderWay, roomyUntil }: Room) {
  const sockets = new Set<Socket>()
  const underWay = new Set<ServerResponse>()
  let isDraining = false
  const receive: RequestListener = (req, res) => {
    if (isDraining || sockets.size > roomyUntil) res.shouldKeepAlive = false
    if (underWay.size >= mostUnderWay) return shed(res)
    underWay.add(res)
    res.on('close', () => underWay.delete(res))
    app(req, res)
  }
  return {
    receive,
    connect(socket: Socket) {
      sockets.add(socket)
      socket.once('close', () => sockets.delete(socket))
    },
    /** Ends connections on which nobody waits for an answer, also those on which nothing came yet. */
    endIdle() {
      const busy = new Set([...underWay].map((res) => res.socket))
      for (const socket of sockets) if (!busy.has(socket)) socket.destroy()
    },
    drain() {
      isDraining = true
      for (const res of underWay) if (!res.headersSent) res.shouldKeepAlive = false
    },
  }
}

const BUSY_HEADERS = {
  'Content-Type': 'application/problem+json; charset=utf-8',
  'Cache-Control': 'no-store',
  'X-Content-Type-Options': 'nosniff',
  'Retry-After': '1',
}

/** Made by hand: everything that answers more nicely costs what there is not enough of now. */
function shed(res: ServerResponse): void {
  const busy = new Refusal('service_unavailable', 'Too many requests are under way. Try again.')
  res.writeHead(503, BUSY_HEADERS).end(JSON.stringify(problemOf(busy, randomUUID())))
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
