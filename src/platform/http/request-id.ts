import { AsyncLocalStorage } from 'node:async_hooks'
import { randomUUID } from 'node:crypto'

const current = new AsyncLocalStorage<string>()

/** Runs everything that follows from one request under an id of its own. */
export const withRequestId = (work: () => void): void => current.run(randomUUID(), work)

/** The id of the request being answered, or `none` outside of one. */
export const requestId = (): string => current.getStore() ?? 'none'
