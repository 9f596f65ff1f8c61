import { once } from 'node:events'
import { findBroken } from '../../src/doctor/service.js'
import { createCipher } from '../../src/platform/cipher.js'
import { addKey } from '../../src/staff/keys/service.js'
import { createTestDatabase } from '../support/database.js'
import { aFolder, builtCli, firstLine, start } from '../support/processes.js'
import { anAttempt, messageOf, sign } from '../support/webhook.js'

const SENDERS = 16
const ACKNOWLEDGED = 200

test('what was answered 202 before a kill -9 is stored', async () => {
  const folder = aFolder()
  const database = await createTestDatabase()
  const encryptionKey = '32b25acc035401e3410b5afd7ebac3723d3011d05cce32278d5657ed5f603ef9'
  try {
    const cipher = createCipher(Buffer.from(encryptionKey, 'hex'))
    const made = { role: 'ingest' as const, name: 'killed', actor: 'os:test' }
    const { key: secret } = await addKey({ db: database.db, cipher }, made)
    const cli = await builtCli(folder.path)
    const api = start([cli, 'serve', '--role', 'api', '--json'], {
      env: {
        CORDON_DATA_DIR: folder.path,
        DATABASE_URL: database.url,
        ENCRYPTION_KEY: encryptionKey,
        PUBLIC_ADDR: '127.0.0.1:0',
        STAFF_ADDR: '127.0.0.1:0',
      },
    })
    const { public: url } = JSON.parse(await firstLine(api)) as { public: string }
    const ledger: string[] = []
    /** Goes on until nobody answers, as a login service would. */
    const sendUntilBroken = async () => {
      for (;;) {
        const attempt = anAttempt()
        const { headers, body } = sign(messageOf(attempt), { secret })
        const posted = fetch(`${url}/v1/login-attempts`, {
          method: 'POST',
          headers,
          body: body as string,
        })
        const status = await posted.then((answer) => answer.status).catch(() => undefined)
        if (status !== 202) return status
        if (ledger.push(String(attempt.id)) === ACKNOWLEDGED) api.kill('SIGKILL')
      }
    }
    const exited = once(api, 'exit')
    const brokenOff = await Promise.all(Array.from({ length: SENDERS }, sendUntilBroken))
    const [, signal] = (await exited) as [number | null, string | null]
    expect([signal, new Set(brokenOff)]).toEqual(['SIGKILL', new Set([undefined])])
    expect(ledger.length).toBeGreaterThanOrEqual(ACKNOWLEDGED)
    const stored = await database.db.attempt.findMany({ select: { id: true } })
    const ids = new Set(stored.map(({ id }) => id))
    expect(ledger.filter((id) => !ids.has(id))).toEqual([])
    expect(await findBroken(database.url)).toEqual([])
  } finally {
    await database.close()
    folder.remove()
  }
})
