import { once } from 'node:events'
import { createCipher } from '../../src/platform/cipher.js'
import { addKey } from '../../src/staff/service.js'
import { createTestDatabase } from '../support/database.js'
import { aFolder, builtCli, firstLine, start } from '../support/processes.js'
import { anAttempt, messageOf, sign } from '../support/webhook.js'

const SENDERS = 16
const ACKNOWLEDGED = 200

test('what was answered 202 before a kill -9 is stored', async () => {
  const folder = aFolder()
  const database = await createTestDatabase()
  const encryptionKey = 'ab'.repeat(32)
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
    let broken = 0
    let isKilled = false
    const sender = async () => {
      while (!isKilled) {
        const attempt = anAttempt()
        const { headers, body } = sign(messageOf(attempt), { secret })
        const posted = fetch(`${url}/v1/login-attempts`, {
          method: 'POST',
          headers,
          body: body as string,
        })
        const status = await posted.then((answer) => answer.status).catch(() => undefined)
        if (status === 202) ledger.push(String(attempt.id))
        else broken += 1
        if (ledger.length >= ACKNOWLEDGED && !isKilled) {
          isKilled = true
          api.kill('SIGKILL')
        }
      }
    }
    const exited = once(api, 'exit')
    await Promise.all(Array.from({ length: SENDERS }, sender))
    const [, signal] = (await exited) as [number | null, string | null]
    expect([signal, broken > 0]).toEqual(['SIGKILL', true])
    const stored = await database.db.attempt.findMany({ select: { id: true } })
    const ids = new Set(stored.map(({ id }) => id))
    expect(ledger.filter((id) => !ids.has(id))).toEqual([])
  } finally {
    await database.close()
    folder.remove()
  }
})
