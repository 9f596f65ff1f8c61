import { randomUUID } from 'node:crypto'
import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import { Refusal } from '../errors.js'
import { problemOf } from './problem.js'

/**
 * For a path that may be flooded: so many of its requests pass at each turn of the event loop, with
 * everybody else's work in between; so many more wait, for so long at most, and the rest are refused.
 */
export type Turnstile = { perTurn: number; waiting: number; lateMs: number }

type Room = {
  mostUnderWay: number
  turnstiles: Readonly<Record<string, Turnstile>>
  roomyUntil: number
}

/**
 * Counts the requests that are under way, and sheds what comes on top while that is cheap. When there
 * are many connections no answer leaves an idle one, so that idle ones keep nobody out.
 *
 * A refusal is not told at once: it costs a third of what an answer does, so whoever asks again and
 * again on the same connections could keep a process busy with refusing.
 */
export function openDesk(app: RequestListener, { mostUnderWay, turnstiles, roomyUntil }: Room) {
  const sockets = new Set<Socket>()
  const underWay = new Set<ServerResponse>()
  const held = new Set<ServerResponse>()
  const passes = new Map(
    Object.entries(turnstiles).map(([path, each]) => [path, openTurnstile(each)]),
  )
  let isDraining = false
  const receive: RequestListener = (req, res) => {
    if (isDraining || sockets.size > roomyUntil) res.shouldKeepAlive = false
    if (underWay.size >= mostUnderWay) return hold(req, res)
    const pass = passes.get(pathOf(req.url ?? ''))
    const enter = () => res.closed || app(req, res)
    const refuse = () => {
      underWay.delete(res)
      if (!res.closed) hold(req, res)
    }
    if (pass && !pass({ enter, refuse })) return hold(req, res)
    underWay.add(res)
    res.on('close', () => underWay.delete(res))
    if (!pass) enter()
  }
  const hold = (req: IncomingMessage, res: ServerResponse) => {
    req.resume()
    held.add(res)
    res.on('close', () => held.delete(res))
    setTimeout(() => shed(res), isDraining ? 0 : HELD_MS).unref()
  }
  return {
    receive,
    connect(socket: Socket) {
      sockets.add(socket)
      socket.once('close', () => sockets.delete(socket))
    },
    /** Ends connections on which nobody waits for an answer, also those on which nothing came yet. */
    endIdle() {
      const busy = new Set([...underWay, ...held].map((res) => res.socket))
      for (const socket of sockets) if (!busy.has(socket)) socket.destroy()
    },
    drain() {
      isDraining = true
      for (const res of [...underWay, ...held]) {
        if (!res.headersSent) res.shouldKeepAlive = false
      }
      for (const res of held) shed(res)
    },
  }
}

/** A request line may also name the whole address. */
function pathOf(url: string): string {
  if (url.startsWith('/')) return url.split('?', 1)[0] ?? ''
  return URL.canParse(url) ? new URL(url).pathname : ''
}

type Comer = { enter: () => void; refuse: () => void }

/**
 * Calls `enter` now or at a later turn, first come first served, or `refuse` when that would be too
 * late; false when too many wait already.
 */
function openTurnstile({ perTurn, waiting: most, lateMs }: Turnstile) {
  const waiting: (Comer & { at: number })[] = []
  let passed = 0
  const pass = ({ enter }: Comer) => {
    if (passed === 0) setImmediate(next)
    passed += 1
    enter()
  }
  const next = () => {
    passed = 0
    const late = performance.now() - lateMs
    const onTime = waiting.findIndex(({ at }) => at > late)
    for (const { refuse } of waiting.splice(0, onTime < 0 ? waiting.length : onTime)) refuse()
    for (const comer of waiting.splice(0, perTurn)) pass(comer)
  }
  return (comer: Comer): boolean => {
    if (passed < perTurn) pass(comer)
    else if (waiting.length < most) waiting.push({ ...comer, at: performance.now() })
    else return false
    return true
  }
}

const HELD_MS = 1_000

const BUSY_HEADERS = {
  'Content-Type': 'application/problem+json; charset=utf-8',
  'Cache-Control': 'no-store',
  'X-Content-Type-Options': 'nosniff',
  'Retry-After': '1',
}

/** Made by hand: everything that answers more nicely costs what there is not enough of now. */
function shed(res: ServerResponse): void {
  if (res.headersSent || res.closed) return
  const busy = new Refusal('service_unavailable', 'Too many requests are under way. Try again.')
  const body = JSON.stringify(problemOf(busy, randomUUID()))
  res.writeHead(503, { ...BUSY_HEADERS, 'Content-Length': Buffer.byteLength(body) }).end(body)
}
