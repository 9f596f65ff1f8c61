import { randomBytes } from 'node:crypto'
import { existsSync, linkSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { type ErrorCode, Refusal } from './errors.js'

/**
 * A key of 32 bytes that is made at the first use and kept in a file (0600) as 64 hex digits.
 * Refuses with `code` when the file is damaged; it is never replaced.
 */
export function keptKey(path: string, code: ErrorCode, otherwise: string): Uint8Array {
  mkdirSync(dirname(path), { recursive: true })
  if (!existsSync(path)) makeKey(path)
  const hex = readFileSync(path, 'utf8').trim()
  if (/^[0-9a-f]{64}$/i.test(hex)) return Buffer.from(hex, 'hex')
  throw new Refusal(
    code,
    `${path} does not hold 64 hex digits. Restore it from a backup: ${otherwise}`,
  )
}

/** Appears whole or not at all, and of two processes at once one makes it. */
function makeKey(path: string): void {
  const draft = `${path}.${process.pid}`
  writeFileSync(draft, `${randomBytes(32).toString('hex')}\n`, { mode: 0o600 })
  try {
    linkSync(draft, path)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
  } finally {
    rmSync(draft, { force: true })
  }
}
