import { createServer, type IncomingHttpHeaders, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

export type Received = { headers: IncomingHttpHeaders; body: string }
export type Behave = (received: Received, res: ServerResponse) => void

export type Receiver = {
  url: string
  received: Received[]
  /** How it answers from now on; 204 at first. */
  behave: Behave
  /** Stops listening, so that connections are refused, until `up`. */
  down(): Promise<void>
  up(): Promise<void>
  close(): Promise<void>
}

export const answer =
  (status: number, headers: Record<string, string> = {}, body = ''): Behave =>
  (_received, res) =>
    void res.writeHead(status, headers).end(body)

/** Somebody else's server on this machine that keeps what it is sent. */
export async function startReceiver(): Promise<Receiver> {
  const received: Received[] = []
  const server = createServer((req, res) => {
    let body = ''
    req.setEncoding('utf8').on('data', (piece: string) => {
      body += piece
    })
    req.on('end', () => {
      const message = { headers: req.headers, body }
      received.push(message)
      receiver.behave(message, res)
    })
  })
  const listen = (port: number) =>
    new Promise<void>((listening) => server.listen(port, '127.0.0.1', listening))
  const stop = () => {
    server.closeAllConnections()
    return new Promise<void>((closed) => server.close(() => closed()))
  }
  await listen(0)
  const { port } = server.address() as AddressInfo
  const receiver: Receiver = {
    url: `http://127.0.0.1:${port}/cordon`,
    received,
    behave: answer(204),
    down: stop,
    up: () => listen(port),
    close: async () => {
      if (server.listening) await stop()
    },
  }
  return receiver
}
