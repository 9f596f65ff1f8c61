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
const CONNECTIONS = 1_500
const LATE_MS = 10_000
const { host, hostname, port } = new URL(values.url)
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

const answers: Record<string, number> = {}
const accepted: number[] = []
const refused: number[] = []
const idle: Socket[] = []
const waiting: { no: number; dueAt: number }[] = []
let withoutRetryAfter = 0
let sockets = 0
let open = 0

function settle(what: string, dueAt: number, head = ''): void {
  open -= 1
  answers[what] = (answers[what] ?? 0) + 1
  const isShed = what === '429' || what === '503'
  if (isShed && !/\r\nretry-after: \d/i.test(head)) withoutRetryAfter += 1
  ;(isShed ? refused : accepted).push(performance.now() - dueAt)
}

function dispatch(): void {
  while (waiting.length > 0) {
    const socket = idle.pop() ?? openSocket()
    if (!socket) return
    const next = waiting.shift()
    if (next) send(socket, next)
  }
}

function openSocket(): Socket | undefined {
  if (sockets >= CONNECTIONS) return undefined
  sockets += 1
  const socket = connect(Number(port), hostname)
  socket.setNoDelay(true)
  socket.on('error', () => undefined)
  socket.on('close', () => {
    sockets -= 1
    const at = idle.indexOf(socket)
    if (at >= 0) idle.splice(at, 1)
  })
  return socket
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
  socket.write(requestOf(no))
}

const startedAt = performance.now()
let sent = 0
const timer = setInterval(() => {
  const elapsed = performance.now() - startedAt
  const due = Math.floor(
    (Math.min(elapsed, Number(values.seconds) * 1_000) / 1_000) * Number(values.rate),
  )
  for (; sent < due; sent += 1) {
    open += 1
    waiting.push({ no: sent, dueAt: performance.now() })
  }
  while (waiting[0] && performance.now() - waiting[0].dueAt > LATE_MS)
    settle('never sent', waiting.shift()?.dueAt ?? 0)
  dispatch()
  if (elapsed < Number(values.seconds) * 1_000 || open > 0) return
  clearInterval(timer)
  const p = (waits: number[], share: number) =>
    Math.round(waits.sort((a, b) => a - b)[Math.floor(waits.length * share)] ?? 0)
  const found = {
    sent,
    answers,
    withoutRetryAfter,
    acceptedP99: p(accepted, 0.99),
    refusedP99: p(refused, 0.99),
  }
  process.stdout.write(`${JSON.stringify(found)}\n`, () => process.exit(0))
}, 5)
