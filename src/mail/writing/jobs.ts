import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads'
import { prepare, type Unwritten, type Written } from '../prepare.js'
import type { Sender } from '../sender.js'
import type { SigningKey } from '../signing/keys.js'

/** Writes one mail and lets the gate look at its bytes. */
export type WriteMail = (mail: Unwritten, sender: Sender, date: Date) => Promise<Written>

export type Writers = { write: WriteMail; close(): Promise<void> }

type Task = { id: number; mail: Unwritten; sender: Sender; date: Date }
type Answer = { id: number; written: Written } | { id: number; failure: string }
type Waiting = {
  task: Task
  resolve(written: Written | Promise<Written>): void
  reject(error: Error): void
}

/** What the thread is given once: private keys are not sent with every mail. */
type Given = { thread: typeof THREAD; keys: readonly SigningKey[] }

const THREAD = 'cordon mail writer'

/**
 * Writes mails in a thread of its own, so that rendering, composing, signing with `keys` and the gate
 * do not compete with the connections for one core. Should the thread not start or die, the mails it owes and all
 * later ones are written in the caller's thread: slower, and nothing is lost.
 */
export function openWriter(keys: readonly SigningKey[] = []): Writers {
  const given: Given = { thread: THREAD, keys }
  const thread = new Worker(new URL(import.meta.url), { workerData: given })
  const waiting = new Map<number, Waiting>()
  let isAlive = true
  let last = 0
  const takeOver = () => {
    isAlive = false
    for (const { task, resolve } of waiting.values()) {
      resolve(prepare(task.mail, task.sender, task.date, keys))
    }
    waiting.clear()
  }
  thread.on('error', takeOver)
  thread.on('exit', takeOver)
  thread.on('message', (answers: readonly Answer[]) => {
    for (const answer of answers) {
      const asked = waiting.get(answer.id)
      waiting.delete(answer.id)
      if ('written' in answer) asked?.resolve(answer.written)
      else asked?.reject(new Error(answer.failure))
    }
  })
  const post = gather((tasks: readonly Task[]) => thread.postMessage(tasks))
  const write: WriteMail = (mail, sender, date) => {
    if (!isAlive) return prepare(mail, sender, date, keys)
    last += 1
    const task: Task = { id: last, mail, sender, date }
    return new Promise((resolve, reject) => {
      waiting.set(task.id, { task, resolve, reject })
      post(task)
    })
  }
  thread.unref()
  return {
    write,
    close: async () => {
      await thread.terminate()
    },
  }
}

/** A message between threads costs as much as half a mail: what comes in one turn goes in one. */
function gather<T>(send: (many: readonly T[]) => void): (one: T) => void {
  let gathered: T[] = []
  return (one) => {
    if (gathered.length === 0)
      setImmediate(() => {
        const many = gathered
        gathered = []
        send(many)
      })
    gathered.push(one)
  }
}

/** The other side: this same file, loaded by the thread. */
function serve(port: NonNullable<typeof parentPort>, keys: readonly SigningKey[]): void {
  const answerTo = async ({ id, mail, sender, date }: Task): Promise<Answer> => {
    try {
      return { id, written: await prepare(mail, sender, date, keys) }
    } catch (error) {
      return { id, failure: error instanceof Error ? error.name : 'unknown' }
    }
  }
  const answer = gather((answers: readonly Answer[]) => port.postMessage(answers))
  port.on('message', (tasks: readonly Task[]) => {
    for (const task of tasks) void answerTo(task).then(answer)
  })
}

const given = workerData as Given | null
if (!isMainThread && given?.thread === THREAD && parentPort) serve(parentPort, given.keys)
