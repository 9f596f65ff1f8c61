import { createSocket } from 'node:dgram'
import { once } from 'node:events'

/** What is answered about one domain; `silent` is no answer at all. */
export type Zone = { mx: [priority: number, host: string][] } | 'nxdomain' | 'servfail' | 'silent'

export type NameServer = {
  /** As a resolver wants it: `127.0.0.1:port`. */
  server: string
  asked: string[]
  close(): Promise<void>
}

const MX = 15
const CODES = { nxdomain: 3, servfail: 2 } as const

/** A name server on loopback that answers questions for MX by its table (RFC 1035 §4). */
export async function startNameServer(zones: Record<string, Zone>): Promise<NameServer> {
  const socket = createSocket('udp4')
  const asked: string[] = []
  socket.on('message', (query, from) => {
    const { name, end } = readName(query, 12)
    asked.push(name)
    const zone = zones[name] ?? 'nxdomain'
    if (zone === 'silent') return
    socket.send(answer(query.subarray(0, end + 4), zone), from.port, from.address)
  })
  socket.bind(0, '127.0.0.1')
  await once(socket, 'listening')
  return {
    server: `127.0.0.1:${socket.address().port}`,
    asked,
    close: async () => {
      socket.close()
      await once(socket, 'close')
    },
  }
}

function readName(packet: Buffer, start: number): { name: string; end: number } {
  const labels: string[] = []
  let at = start
  for (let length = packet[at] ?? 0; length > 0; length = packet[at] ?? 0) {
    labels.push(packet.toString('latin1', at + 1, at + 1 + length))
    at += length + 1
  }
  return { name: labels.join('.').toLowerCase(), end: at + 1 }
}

function writeName(name: string): Buffer {
  const labels = name.split('.').filter((label) => label !== '')
  const parts = labels.flatMap((label) => [Buffer.from([label.length]), Buffer.from(label)])
  return Buffer.concat([...parts, Buffer.from([0])])
}

function answer(question: Buffer, zone: Exclude<Zone, 'silent'>): Buffer {
  const records = typeof zone === 'string' ? [] : zone.mx
  const packet = Buffer.from(question)
  packet.writeUInt16BE(0x8180 | (typeof zone === 'string' ? CODES[zone] : 0), 2)
  packet.writeUInt16BE(1, 4)
  packet.writeUInt16BE(records.length, 6)
  packet.writeUInt32BE(0, 8)
  return Buffer.concat([packet, ...records.map(([priority, host]) => record(priority, host))])
}

function record(priority: number, host: string): Buffer {
  const exchange = writeName(host)
  const head = Buffer.alloc(14)
  head.writeUInt16BE(0xc00c, 0) // the name of the question
  head.writeUInt16BE(MX, 2)
  head.writeUInt16BE(1, 4)
  head.writeUInt32BE(60, 6)
  head.writeUInt16BE(exchange.length + 2, 10)
  head.writeUInt16BE(priority, 12)
  return Buffer.concat([head, exchange])
}
