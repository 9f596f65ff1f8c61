import { useQueryClient } from '@tanstack/react-query'
import { useCallback, useRef, useState } from 'react'
import { useAnnounce } from '../../components/announcer.js'
import { count } from '../../components/number.js'
import { type AddedList, sendList } from './upload.js'

type Progress =
  | { is: 'waiting' | 'reading' }
  | { is: 'stopped'; wasSent: boolean }
  | { is: 'sending'; part: number }
  | { is: 'added' | 'same'; list: AddedList }
  | { is: 'refused'; error: unknown }

export type Upload = { no: number; file: File; progress: Progress; stop(): void }

/** What was sent whole is the server's to read, and no longer ours to stop. */
export const isStoppable = ({ progress }: Upload): boolean =>
  progress.is === 'waiting' || progress.is === 'sending'
export const isGoing = (upload: Upload): boolean =>
  isStoppable(upload) || upload.progress.is === 'reading'

/** Files on their way to an incident: one after the other, so that each is told as it ends. */
export function useUploads(incidentId: string) {
  const known = useQueryClient()
  const announce = useAnnounce()
  const [uploads, setUploads] = useState<readonly Upload[]>([])
  const queue = useRef({ last: Promise.resolve(), files: 0 })

  const add = useCallback(
    (files: readonly File[]) => {
      for (const file of files) {
        queue.current.files += 1
        const no = queue.current.files
        const stopping = new AbortController()
        const tell = (progress: Progress) =>
          setUploads((before) =>
            before.map((each) => (each.no === no ? { ...each, progress } : each)),
          )
        const stop = () => stopping.abort()
        setUploads((before) => [...before, { no, file, progress: { is: 'waiting' }, stop }])
        const leave = stay()
        queue.current.last = queue.current.last.then(async () => {
          const end = await sendOne(incidentId, file, { signal: stopping.signal, tell })
          leave()
          tell(end)
          announce(`${file.name}: ${inWords(end)}`)
          await known.invalidateQueries({ queryKey: ['incident', incidentId] })
        })
      }
    },
    [announce, incidentId, known],
  )
  return { uploads, add }
}

type Watching = { signal: AbortSignal; tell(progress: Progress): void }

async function sendOne(incidentId: string, file: File, watching: Watching): Promise<Progress> {
  const { signal, tell } = watching
  if (signal.aborted) return { is: 'stopped', wasSent: false }
  let wasSent = false
  const onSent = (part: number) => {
    wasSent = part >= 1
    tell(wasSent ? { is: 'reading' } : { is: 'sending', part })
  }
  try {
    tell({ is: 'sending', part: 0 })
    const { list, isNew } = await sendList(incidentId, { file, onSent, signal })
    return { is: isNew ? 'added' : 'same', list }
  } catch (error) {
    return signal.aborted ? { is: 'stopped', wasSent } : { is: 'refused', error }
  }
}

/** What a file has become, in one sentence. */
export function inWords(progress: Progress): string {
  switch (progress.is) {
    case 'waiting':
      return 'Waits for the file before it.'
    case 'sending':
      return `Sending, ${Math.floor(progress.part * 100)} %.`
    case 'reading':
      return 'Sent. Reading it …'
    case 'stopped':
      return progress.wasSent
        ? 'Stopped too late: all of it was sent. If it was read, it is in the table.'
        : 'Stopped. Nothing of it was kept.'
    case 'same':
      return `This file is here already, as ${progress.list.name}. Nothing was added twice.`
    case 'added':
      return whatWasRead(progress.list)
    case 'refused':
      return 'Refused.'
  }
}

const whatWasRead = ({ entries, accepted, duplicates, rejected, matched }: AddedList) =>
  `Read ${count(entries)} entries: ${count(accepted)} accepted, ${count(duplicates)} duplicates, ` +
  `${count(rejected)} refused. ${count(matched)} belong to an account.`

/** The browser asks before it leaves while a file is on its way, whatever screen is shown by then. */
function stay(): () => void {
  const ask = (event: BeforeUnloadEvent) => event.preventDefault()
  window.addEventListener('beforeunload', ask)
  return () => window.removeEventListener('beforeunload', ask)
}
