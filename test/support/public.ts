import { randomBytes } from 'node:crypto'
import { NOWHERE } from '../../src/logins/place.js'
import { openInbox } from '../../src/logins/receiving/service.js'
import { keyOfSecret } from '../../src/logins/receiving/signature.js'
import { createCipher } from '../../src/platform/cipher.js'
import type { Database } from '../../src/platform/db.js'
import { listen } from '../../src/platform/http/server.js'
import { createLog, type Log } from '../../src/platform/log.js'
import { buildPublicApp, type PublicDeps } from '../../src/public-listener.js'
import { DEFAULT_TERMS } from '../../src/resets/service.js'
import { addKey, liveSecrets } from '../../src/staff/keys/service.js'
import { createTestDatabase } from './database.js'

export const ISSUER = 'https://accounts.example.com'

export type PublicServer = {
  url: string
  key: string
  deps: PublicDeps
  database: Database
  close(): Promise<void>
}

/** The real public listener on a real database, with a `platform` key. */
export async function startPublic(log: Log = createLog('silent')): Promise<PublicServer> {
  const database = await createTestDatabase(20)
  const cipher = createCipher(randomBytes(32))
  const staff = { db: database.db, cipher }
  const inbox = openInbox({
    pool: database.pool,
    log,
    lookUp: () => NOWHERE,
    liveSecrets: async () =>
      (await liveSecrets(staff)).flatMap(({ sourceNo, secret }) => {
        const key = keyOfSecret(secret)
        return key ? [{ sourceNo, key }] : []
      }),
  })
  const deps: PublicDeps = { ...staff, log, resetTerms: DEFAULT_TERMS, inbox, issuer: ISSUER }
  const listener = await listen(buildPublicApp(deps), { host: '127.0.0.1', port: 0 })
  const { key } = await addKey(deps, { role: 'platform', name: 'backend', actor: 'os:test' })
  const close = async () => {
    await listener.close()
    await inbox.close()
    await database.close()
  }
  return { url: listener.url, key, deps, database, close }
}
