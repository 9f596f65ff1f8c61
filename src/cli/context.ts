import { userInfo } from 'node:os'
import type { Command } from 'commander'
import { type App, openApp } from '../app.js'
import { currentConfig } from '../config.js'

/** Who acts when a command is run: the person at this shell. */
export const actor = (): string => `os:${userInfo().username}`

export const isJson = (command: Command): boolean => command.optsWithGlobals().json === true

/** Opens Cordon for one command and closes it, whatever happens. */
export async function withApp<T>(work: (app: App) => Promise<T>): Promise<T> {
  const app = await openApp(currentConfig())
  try {
    return await work(app)
  } finally {
    await app.close()
  }
}
