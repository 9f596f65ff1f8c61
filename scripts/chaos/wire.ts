import { connect, createServer, type Socket } from 'node:net'

/** A statement that a client asked for; all of it has gone to the server, which has not answered yet. */
export type Statement = { connection: number; text: string }

/** What becomes of its answer. A lost one: the server has done it, and the client's connection breaks. */
export type Fate = 'answered' | 'answer_lost'

export type Wire = {
  port: number
  /** Asked about each statement, in their order. */
  watch(fate: (statement: Statement) => Fate): void
  /** What the server did whose answer was lost: its command tags. */
  lost: string[]
  close(): Promise<void>
}

type Connection = { client: Socket; server: Socket; no: number; isLosing: boolean }

/**
 * A way to Postgres that understands as much of its protocol (3.0, without encryption) as it takes to
 * see each statement pass, and to lose an answer. A client that dies does not take back what it sent.
 */
export async function startWire(to: { host: string; port: number }): Promise<Wire> {
  const sockets = new Set<Socket>()
  const lost: string[] = []
  let decide: (statement: Statement) => Fate = () => 'answered'
  let connections = 0
  const listener = createServer((client) => {
    const server = connect(to.port, to.host)
    for (const socket of [client, server]) {
      sockets.add(socket)
      socket.setNoDelay(true)
      socket.on('error', () => undefined)
      socket.on('close', () => sockets.delete(socket))
    }
    connections += 1
    const connection = { client, server, no: connections, isLosing: false }
    passAsked(connection, (statement) => decide(statement))
    passAnswers(connection, lost)
  })
  await new Promise<void>((listening) => listener.listen(0, '127.0.0.1', listening))
  const address = listener.address()
  return {
    port: typeof address === 'object' && address ? address.port : 0,
    watch: (fate) => {
      decide = fate
    },
    lost,
    close: async () => {
      for (const socket of sockets) socket.destroy()
      await new Promise((closed) => listener.close(closed))
    },
  }
}

function passAsked(connection: Connection, decide: (statement: Statement) => Fate): void {
  const { client, server, no } = connection
  const take = framing(true)
  const read = statementReader()
  client.on('data', (bytes) => {
    for (const message of take(bytes)) {
      server.write(message.bytes)
      const text = read(message)
      if (text !== undefined && decide({ connection: no, text }) === 'answer_lost')
        connection.isLosing = true
    }
  })
  client.on('close', () => server.end())
}

function passAnswers(connection: Connection, lost: string[]): void {
  const { client, server } = connection
  const take = framing(false)
  let tag = ''
  server.on('data', (bytes) => {
    for (const { type, bytes: message } of take(bytes)) {
      if (!connection.isLosing) {
        if (!client.destroyed) client.write(message)
        continue
      }
      if (type === 'C') tag = textAt(message, 5)
      if (type !== 'Z') continue
      lost.push(tag)
      client.destroy()
      return
    }
  })
  server.on('close', () => client.destroy())
}

type Message = { type: string; bytes: Buffer }

/** Cuts a stream into whole messages. The first of a client has no type; one answer to it may be bare. */
function framing(isClient: boolean): (bytes: Buffer) => Message[] {
  let held: Buffer = Buffer.alloc(0)
  let isStarting = isClient
  return (bytes) => {
    held = Buffer.concat([held, bytes])
    const messages: Message[] = []
    for (;;) {
      const typed = isStarting ? 0 : 1
      if (held.length < typed + 4) return messages
      const length = typed + held.readUInt32BE(typed)
      if (held.length < length) return messages
      messages.push({
        type: typed ? String.fromCharCode(held[0] ?? 0) : '',
        bytes: held.subarray(0, length),
      })
      held = held.subarray(length)
      isStarting = false
    }
  }
}

/** The text of each statement, at the message with which the server begins to answer it. */
function statementReader(): (message: Message) => string | undefined {
  const prepared = new Map<string, string>()
  let bound = ''
  let executed: string | undefined
  return ({ type, bytes }) => {
    if (type === 'Q') return textAt(bytes, 5)
    if (type === 'P') {
      const name = textAt(bytes, 5)
      prepared.set(name, textAt(bytes, 5 + Buffer.byteLength(name) + 1))
    }
    if (type === 'B')
      bound = prepared.get(textAt(bytes, 5 + Buffer.byteLength(textAt(bytes, 5)) + 1)) ?? ''
    if (type === 'E') executed = bound
    if (type !== 'S') return undefined
    const text = executed
    executed = undefined
    return text
  }
}

/** A string of the protocol: it ends with a zero. */
const textAt = (bytes: Buffer, from: number): string =>
  bytes.toString('utf8', from, bytes.indexOf(0, from))
