import type { Fate, Statement } from '../wire.js'

/** The statements that a sweep asks for, apart from what an idle worker asks again and again. */
export type Work = {
  /** From here on statements that were not seen before are the sweep's. */
  begin(): void
  /** Those of the sweep, in order. */
  readonly statements: readonly string[]
  see(statement: Statement): Fate
}

/** Asked about each statement of the sweep with its number from 1, and whether it commits work. */
export type Decide = (no: number, text: string, isCommit: boolean) => Fate | undefined

/** A COMMIT counts when its transaction had a statement that counts. `idle` is what others saw before. */
export function watchWork(idle: Set<string>, decide: Decide = () => undefined): Work {
  const statements: string[] = []
  const working = new Set<number>()
  let isBegun = false
  return {
    statements,
    begin: () => {
      isBegun = true
    },
    see({ connection, text }) {
      if (!isBegun) idle.add(text)
      if (!isBegun) return 'answered'
      if (FRAME.test(text)) {
        const isCommit = text === 'COMMIT' && working.has(connection)
        working.delete(connection)
        if (!isCommit) return 'answered'
      } else if (idle.has(text)) return 'answered'
      else working.add(connection)
      statements.push(text)
      return decide(statements.length, text, text === 'COMMIT') ?? 'answered'
    },
  }
}

const FRAME = /^(BEGIN|COMMIT|ROLLBACK)/
