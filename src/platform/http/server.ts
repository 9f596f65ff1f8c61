import { createServer, type RequestListener, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { Refusal } from '../errors.js'

export type Endpoint = { host: string; port: number }
export type Listener = { url: string; close(): Promise<void> }

/** A slow client costs a socket for this long, not for ever. */
const TIMEOUTS = {
  headersTimeout: 10_000,
  requestTimeout: 20_000,
  keepAliveTimeout: 5_000,
  connectionsCheckingInterval: 1_000,
}
const MOST_CONNECTIONS = 5_000
const CLOSE_LIMIT_MS = 10_000

/**
 * Listens on host and port; port 0 takes any free one, which `url` then names. Refuses with
 * `port_taken` or `configuration_invalid`. `close` stops intake, lets running requests end, and cuts
 * what is still open after ten seconds.
 */
export async function listen(
  app: RequestListener,
  { host, port }: Endpoint,
  timeouts: Partial<typeof TIMEOUTS> = {},
): Promise<Listener> {
  const server = createServer({ ...TIMEOUTS, ...timeouts }, app)
  server.maxConnections = MOST_CONNECTIONS
  await new Promise<void>((resolve, reject) => {
    server.once('error', (cause) => reject(refuseListening(cause, host, port)))
    server.listen(port, host, resolve)
  })
  const address = server.address() as AddressInfo
  return { url: `http://${hostInUrl(host)}:${address.port}`, close: () => close(server) }
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

async function close(server: Server): Promise<void> {
  const closed = new Promise<void>((resolve) => server.close(() => resolve()))
  server.closeIdleConnections()
  const cut = setTimeout(() => server.closeAllConnections(), CLOSE_LIMIT_MS)
  await closed
  clearTimeout(cut)
}
