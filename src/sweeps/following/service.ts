import { setTimeout as pause } from 'node:timers/promises'
import type { Db } from '../../platform/db.js'
import { Refusal } from '../../platform/errors.js'
import type { Log } from '../../platform/log.js'
import { type Loop, startLoop } from '../../platform/loop.js'
import { sweepProgress } from '../running/service.js'
import { progressView } from '../view.js'
import * as store from './store.js'
import { type Change, changeEvent, HEARTBEAT, progressEvent } from './stream.js'

export type FollowingDeps = { db: Db; log: Log }

/** Where a follower's events go. `write` is false when no more should come until `onDrain`. */
export type Sink = {
  write(text: string): boolean
  onDrain(then: () => void): void
  end(): void
}

export type Follower = {
  sweepId: string
  actor: string
  /** The last state change the follower knows. */
  after: bigint
  sink: Sink
  /** Throws once the follower may not look any more. */
  authorise: () => Promise<unknown>
}

export type Timing = { pollMs: number; heartbeatMs: number; authoriseMs: number; stalledMs: number }
const TIMING: Timing = { pollMs: 500, heartbeatMs: 15_000, authoriseMs: 20_000, stalledMs: 60_000 }
const STREAMS_PER_ACTOR = 10
const STREAMS = 500

/**
 * Feeds of sweeps to whoever follows them from this process: one poller per sweep, however many
 * follow. What changed is kept once, per sweep; of a follower only how far they are: a slow one
 * costs nothing and misses nothing but intermediate progress.
 */
export type Feeds = {
  /**
   * Refuses with `throttled` somebody's eleventh stream, and with `service_unavailable` when this
   * process has no place left or is being stopped. Returns how to leave.
   */
  follow(follower: Follower): () => void
  /** How many sweeps are polled, for tests and metrics. */
  polled(): number
  close(): Promise<void>
}

export function openFeeds(deps: FollowingDeps, timing: Timing = TIMING): Feeds {
  const feeds = new Map<string, Feed>()
  const streams = new Map<string, number>()
  let places = STREAMS
  let isClosed = false
  const count = (actor: string, by: number) => {
    places -= by
    const now = (streams.get(actor) ?? 0) + by
    if (now > 0) streams.set(actor, now)
    else streams.delete(actor)
  }
  const feedOf = (sweepId: string) => {
    const known = feeds.get(sweepId)
    if (known) return known
    const opened = openFeed(deps, sweepId, timing)
    feeds.set(sweepId, opened)
    return opened
  }
  return {
    follow(follower) {
      const { actor, sweepId } = follower
      if ((streams.get(actor) ?? 0) >= STREAMS_PER_ACTOR) {
        throw new Refusal('throttled', `You follow ${STREAMS_PER_ACTOR} sweeps already.`)
      }
      if (isClosed || places <= 0) {
        throw new Refusal('service_unavailable', 'This process has no place for one more follower.')
      }
      count(actor, 1)
      const feed = feedOf(sweepId)
      const leave = feed.join(follower, () => {
        count(actor, -1)
        if (!feed.isEmpty()) return
        feeds.delete(sweepId)
        void feed.close()
      })
      return leave
    },
    polled: () => feeds.size,
    async close() {
      isClosed = true
      const open = [...feeds.values()]
      for (const feed of open) feed.endAll()
      await Promise.all(open.map((feed) => feed.close()))
    },
  }
}

type Feed = {
  join(follower: Follower, onLeave: () => void): () => void
  isEmpty(): boolean
  endAll(): void
  close(): Promise<void>
}

type News = { changes: Change[]; progress: string; isRead: boolean }

function openFeed({ db, log }: FollowingDeps, sweepId: string, timing: Timing): Feed {
  const news: News = { changes: [], progress: '', isRead: false }
  const seats = new Set<Seat>()
  const poll = async () => {
    const last = news.changes.at(-1)?.id ?? '0'
    const fresh = await store.changesAfter(db, sweepId, last)
    const progress = progressEvent(progressView(await sweepProgress(db, sweepId)))
    news.changes.push(...fresh)
    const hasMoved = fresh.length > 0 || progress !== news.progress || !news.isRead
    news.progress = progress
    news.isRead = true
    if (hasMoved) for (const seat of seats) seat.tell()
    return false
  }
  const loop: Loop = startLoop(poll, {
    idleMs: timing.pollMs,
    onError: (error) => {
      const because = error instanceof Error ? error.name : 'unknown'
      log.warn('sweep.following_failed', { sweepId, because })
    },
  })
  return {
    join(follower, onLeave) {
      const seat = takeSeat(follower, news, timing, () => {
        if (seats.delete(seat)) onLeave()
      })
      seats.add(seat)
      seat.tell()
      return seat.leave
    },
    isEmpty: () => seats.size === 0,
    endAll: () => {
      for (const seat of seats) seat.leave()
    },
    close: () => loop.close(),
  }
}

type Seat = { tell(): void; leave(): void }

function takeSeat(follower: Follower, news: News, timing: Timing, onLeave: () => void): Seat {
  const { sink } = follower
  const left = new AbortController()
  let { after } = follower
  let told = ''
  let isWaiting = false
  let stalled: NodeJS.Timeout | undefined
  const leave = () => {
    if (left.signal.aborted) return
    left.abort()
    clearTimeout(stalled)
    sink.end()
    onLeave()
  }
  const write = (text: string) => {
    if (sink.write(text) || isWaiting) return
    isWaiting = true
    stalled = setTimeout(leave, timing.stalledMs) // they come back with Last-Event-ID
    sink.onDrain(() => {
      clearTimeout(stalled)
      isWaiting = false
      tell()
    })
  }
  const tell = () => {
    for (const change of news.changes) {
      if (isWaiting || left.signal.aborted) return
      if (BigInt(change.id) <= after) continue
      after = BigInt(change.id)
      write(changeEvent(change))
    }
    if (isWaiting || left.signal.aborted || news.progress === told) return
    told = news.progress
    write(told)
  }
  const every = async (ms: number, act: () => unknown) => {
    try {
      for (;;) {
        await pause(ms, undefined, { signal: left.signal })
        await act()
      }
    } catch {
      leave()
    }
  }
  void every(timing.heartbeatMs, () => !isWaiting && write(HEARTBEAT))
  void every(timing.authoriseMs, follower.authorise)
  return { tell, leave }
}
