import { useQueryClient } from '@tanstack/react-query'
import { useEffect, useState } from 'react'
import { z } from 'zod'
import { ProgressView, SWEEP_STATUSES } from '../../../contract/sweeps.js'

const Change = z.object({
  status: z.enum(SWEEP_STATUSES),
  kind: z.string(),
  actor: z.string(),
  at: z.string(),
  reason: z.string().nullable(),
})
export type Change = z.output<typeof Change> & { id: string }
type Progress = z.output<typeof ProgressView>

/** How many accounts were done at a moment, by the clock of this page. */
export type Mark = { atMs: number; done: number }

export type Following = {
  /** Whether the server is being heard: nothing else may be shown as live. */
  isHeard: boolean
  /** Whether it was ever heard on this page. */
  wasHeard: boolean
  changes: readonly Change[]
  progress: Progress | null
  marks: readonly Mark[]
}

const NOTHING: Following = {
  isHeard: false,
  wasHeard: false,
  changes: [],
  progress: null,
  marks: [],
}
const RETRY_MS = 2_000
const MARKS_KEPT = 60

/**
 * Follows a sweep as server-sent events. A browser resumes a stream that broke by its last event; where
 * it gives up, because an answer was not a stream, the stream is begun again from its first event.
 * Changes are kept by their ids, so neither loses one nor shows one twice.
 */
export function useFollowing(id: string, isOn: boolean): Following {
  const [seen, setSeen] = useState(NOTHING)
  const known = useQueryClient()
  useEffect(() => {
    if (!isOn) return
    const leave = open(id, {
      heard: (isHeard) =>
        setSeen((before) => ({ ...before, isHeard, wasHeard: before.wasHeard || isHeard })),
      changed: (change) => {
        setSeen((before) => ({ ...before, changes: withChange(before.changes, change) }))
        void known.invalidateQueries({ queryKey: ['sweep', id], exact: true })
        void known.invalidateQueries({ queryKey: ['sweep', id, 'outcomes'] })
      },
      moved: (progress) => setSeen((before) => withProgress(before, progress)),
    })
    return () => {
      leave()
      setSeen((before) => ({ ...before, isHeard: false }))
    }
  }, [id, isOn, known])
  return seen
}

type Told = {
  heard(isHeard: boolean): void
  changed(change: Change): void
  moved(progress: Progress): void
}

function open(id: string, told: Told): () => void {
  let stream: EventSource
  let timer: ReturnType<typeof setTimeout> | undefined
  const connect = () => {
    stream = new EventSource(`/v1/sweeps/${encodeURIComponent(id)}/events`)
    stream.onopen = () => told.heard(true)
    stream.onerror = () => {
      told.heard(false)
      if (stream.readyState === EventSource.CLOSED) timer = setTimeout(connect, RETRY_MS)
    }
    stream.addEventListener('state', (event) => {
      const change = Change.parse(JSON.parse(event.data))
      told.changed({ ...change, id: event.lastEventId })
    })
    stream.addEventListener('progress', (event) =>
      told.moved(ProgressView.parse(JSON.parse(event.data))),
    )
  }
  const gone = () => told.heard(false)
  /** A stream that seems open may have died unnoticed while there was no network. */
  const back = () => {
    if (stream.readyState !== EventSource.OPEN) return
    stream.close()
    connect()
  }
  window.addEventListener('offline', gone)
  window.addEventListener('online', back)
  connect()
  return () => {
    window.removeEventListener('offline', gone)
    window.removeEventListener('online', back)
    clearTimeout(timer)
    stream.close()
  }
}

const withChange = (changes: readonly Change[], change: Change) =>
  changes.some(({ id }) => id === change.id) ? changes : [...changes, change]

function withProgress(before: Following, progress: Progress): Following {
  const mark = { atMs: performance.now(), done: progress.accountsDone }
  return {
    ...before,
    isHeard: true,
    wasHeard: true,
    progress,
    marks: [...before.marks, mark].slice(-MARKS_KEPT),
  }
}

const RATE_MS = 15_000

/** Accounts done in a second, lately; `null` while nobody can say. */
export function rateOf(marks: readonly Mark[], nowMs: number): number | null {
  const [first] = marks.filter(({ atMs }) => nowMs - atMs <= RATE_MS)
  const last = marks.at(-1)
  if (!first || !last || first === last) return null
  return ((last.done - first.done) * 1_000) / Math.max(500, nowMs - first.atMs)
}
