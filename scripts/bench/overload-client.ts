import { createHmac } from 'node:crypto'
import { connect, type Socket } from 'node:net'
import { parseArgs } from 'node:util'
import { attemptJson, single } from './webhook-client.js'

// Sends requests at its own pace, whether answers come or not, and says what became of them.

const { values } = parseArgs({
  options: {
    url: { type: 'string', default: '' },
    kind: { type: 'string', default: 'webhook' },
    secret: { type: 'string', default: '' },
    rate: { type: 'string', default: '100' },
    seconds: { type: 'string', default: '5' },
  },
})
const CONNECTIONS = 2_400
/** As a load balancer, which refuses by itself what finds no free connection for so long. */
const LATE_MS = 1_000
const { host, hostname, port } = new URL(values.url)
const rate = Number(values.rate)
const seconds = Number(values.seconds)
const key = Buffer.from(values.secret.replace(/^whsec_/, ''), 'base64')

function requestOf(no: number): string {
  const name = `over-${process.pid}-${no}`
  if (values.kind !== 'webhook') {
    const body = JSON.stringify({ address: `${name}@mail.example`, password: 'wrong, always' })
    const headers = `Authorization: Bearer ${values.secret}\r\n`
    return textOf('/v1/sign-in', headers, body)
  }
  const account = 1 + (no % 100_000)
  const body = single(attemptJson(name, { account, ip: account, outcome: 'success' }))
  const timestamp = Math.floor(Date.now() / 1_000)
  const hmac = createHmac('sha256', key).update(`${name}.${timestamp}.${body}`).digest('base64')
  const headers = `webhook-id: ${name}\r\nwebhook-timestamp: ${timestamp}\r\nwebhook-signature: v1,${hmac}\r\n`
  return textOf('/v1/login-attempts', headers, body)
}

const textOf = (path: string, headers: string, body: string) =>
  `POST ${path} HTTP/1.1\r\nHost: ${host}\r\nContent-Type: application/json\r\nContent-Length: ${Buffer.byteLength(body)}\r\n${headers}\r\n${body}`

// Made and signed beforehand, so that what sends costs less than what answers.
const requests = Array.from({ length: rate * seconds }, (_, no) => requestOf(no))
let startedAt = Number.POSITIVE_INFINITY
let endsAt = Number.POSITIVE_INFINITY

const answers: Record<string, number> = {}
/** Connections, by what ended them. */
const broke: Record<string, number> = {}
const accepted: number[] = []
const refused: number[] = []
const idle: Socket[] = []
let withoutRetryAfter = 0
let acceptedInTime = 0
let open = 0

function settle(what: string, dueAt: number, head = ''): void {
  open -= 1
  answers[what] = (answers[what] ?? 0) + 1
  const now = performance.now()
  if (what === '429' || what === '503') {
    if (!/\r\nretry-after: \d/i.test(head)) withoutRetryAfter += 1
    refused.push(now - dueAt)
  } else if (what.startsWith('2')) {
    if (now < endsAt) acceptedInTime += 1
    accepted.push(now - dueAt)
  }
}

/** Those that are due and have no connection yet are the numbers from `next` up to `due`. */
let next = 0
let due = 0
const dueAt = (no: number) => startedAt + (no / rate) * 1_000

function dispatch(): void {
  while (next < due) {
    if (performance.now() - dueAt(next) > LATE_MS) {
      settle('no connection', dueAt(next))
      next += 1
      continue
    }
    const socket = idle.pop()
    if (!socket) return
    send(socket, { no: next, dueAt: dueAt(next) })
    next += 1
  }
}

/** Answered once before it is used: a client is connected before the server has taken it in. */
function openSocket(): void {
  const socket = connect(Number(port), hostname)
  socket.setNoDelay(true)
  socket.write(`GET /healthz HTTP/1.1\r\nHost: ${host}\r\n\r\n`)
  socket.once('data', () => {
    idle.push(socket)
    dispatch()
  })
  socket.on('error', ({ code }: NodeJS.ErrnoException) => {
    broke[code ?? 'unknown'] = (broke[code ?? 'unknown'] ?? 0) + 1
  })
  socket.on('close', () => {
    const at = idle.indexOf(socket)
    if (at >= 0) idle.splice(at, 1)
    openSocket()
  })
}

function send(socket: Socket, { no, dueAt }: { no: number; dueAt: number }): void {
  let text = ''
  const end = (what: string) => {
    socket.off('data', read)
    socket.off('close', broken)
    settle(what, dueAt, text)
    if (!socket.destroyed) idle.push(socket)
    dispatch()
  }
  const broken = () => end('broken')
  const read = (bytes: Buffer) => {
    text += bytes.toString('latin1')
    const head = text.indexOf('\r\n\r\n')
    const length = Number(/\r\ncontent-length: (\d+)/i.exec(text)?.[1])
    if (head >= 0 && text.length >= head + 4 + length) end(text.slice(9, 12))
  }
  socket.on('data', read)
  socket.once('close', broken)
  socket.write(requests[no] ?? '')
}

for (let no = 0; no < CONNECTIONS; no += 1) openSocket()
const timer = setInterval(() => {
  const now = performance.now()
  if (idle.length === CONNECTIONS && startedAt > now) {
    startedAt = now
    endsAt = now + seconds * 1_000
  }
  if (startedAt > now) return
  const wanted = Math.floor(((Math.min(now, endsAt) - startedAt) / 1_000) * rate)
  open += wanted - due
  due = wanted
  dispatch()
  if (now < endsAt || open > 0) return
  clearInterval(timer)
  const p = (waits: number[], share: number) =>
    Math.round(waits.sort((a, b) => a - b)[Math.floor(waits.length * share)] ?? 0)
  const found = {
    sent: due,
    answers,
    broke,
    acceptedInTime,
    withoutRetryAfter,
    acceptedP99: p(accepted, 0.99),
    refusedP99: p(refused, 0.99),
  }
  process.stdout.write(`${JSON.stringify(found)}\n`, () => process.exit(0))
}, 5)
