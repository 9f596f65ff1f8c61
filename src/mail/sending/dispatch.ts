import type { Line, Slotted } from './line.js'

export type Dispatch<Mail> = {
  /** The next mail whose moment has come; undefined when there will be no more. */
  next(): Promise<Mail | undefined>
  /** Looks again: mails or places were added. */
  look(): void
  /** Nobody gets another mail. */
  end(): void
}

type Terms = {
  nowMs(): number
  /** Whether mail may leave at all. */
  mayGoOn(): boolean
  /** Told when somebody is idle and no mail is due. */
  onIdle(): void
}

/** Hands the mails of a line to whoever is idle, each at its moment, with one timer for all. */
export function dispatch<Mail extends Slotted>(line: Line<Mail>, terms: Terms): Dispatch<Mail> {
  const idle: ((mail: Mail | undefined) => void)[] = []
  let timer: NodeJS.Timeout | undefined
  let isOver = false
  const end = () => {
    isOver = true
    clearTimeout(timer)
    for (const resolve of idle.splice(0)) resolve(undefined)
  }
  const look = () => {
    clearTimeout(timer)
    while (idle.length > 0) {
      if (isOver || !terms.mayGoOn()) return end()
      const found = line.take(terms.nowMs())
      if (found === undefined || 'waitMs' in found) {
        if (found) timer = setTimeout(look, Math.max(1, found.waitMs))
        return terms.onIdle()
      }
      idle.pop()?.(found.mail)
    }
  }
  const next = () =>
    new Promise<Mail | undefined>((resolve) => {
      idle.push(resolve)
      look()
    })
  return { next, look, end }
}
