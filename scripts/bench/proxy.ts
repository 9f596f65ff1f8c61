import { connect, createServer, type Socket } from 'node:net'

/** A way to a database that can be interrupted. */
export type Cable = {
  port: number
  /** No byte goes through any more, and nobody is told: a cable that was pulled. */
  cut(): void
  heal(): void
  /** Every connection breaks at once: a database that was restarted. */
  breakAll(): void
  close(): Promise<void>
}

export async function startProxy(target: { host: string; port: number }, port = 0): Promise<Cable> {
  const sockets = new Set<Socket>()
  let isCut = false
  const join = (from: Socket, to: Socket) => {
    sockets.add(from)
    from.setNoDelay(true)
    from.on('data', (bytes) => void to.write(bytes))
    from.on('error', () => undefined)
    from.on('close', () => {
      sockets.delete(from)
      to.destroy()
    })
    if (isCut) from.pause()
  }
  const server = createServer((client) => {
    const upstream = connect(target.port, target.host)
    join(client, upstream)
    join(upstream, client)
  })
  await new Promise<void>((listening) => server.listen(port, '127.0.0.1', listening))
  const address = server.address()
  return {
    port: typeof address === 'object' && address ? address.port : 0,
    cut: () => {
      isCut = true
      for (const socket of sockets) socket.pause()
    },
    heal: () => {
      isCut = false
      for (const socket of sockets) socket.resume()
    },
    breakAll: () => {
      for (const socket of sockets) socket.destroy()
    },
    close: async () => {
      for (const socket of sockets) socket.destroy()
      await new Promise((closed) => server.close(closed))
    },
  }
}
