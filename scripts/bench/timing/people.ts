import { Agent, request } from 'node:http'
import type { Cipher } from '../../../src/platform/cipher.js'
import { hashPassword } from '../../../src/platform/credentials/password.js'
import { mintTotpSecret } from '../../../src/platform/credentials/totp.js'
import { type Db, inTx } from '../../../src/platform/db.js'
import { sha256 } from '../../../src/platform/hash.js'
import { totpContext } from '../../../src/staff/sessions/service.js'
import { compareSides, type Gap, type Side } from './compare.js'

type Place = { db: Db; cipher: Cipher; concurrency: number; requests: number }

/** Wrong passwords at `POST /v1/session`; `isAtHome`: the known ones signed in from this network before. */
export async function compareStaff(
  { db, cipher, concurrency, requests }: Place,
  url: string,
  isAtHome: boolean,
): Promise<Gap> {
  const group = isAtHome ? 'home' : 'away'
  const most = requests / 2 + 20
  await addStaff({ db, cipher }, { group, most, isAtHome })
  const agent = new Agent({ keepAlive: true, maxSockets: concurrency })
  const ask = async (side: Side, no: number) => {
    const email = `${side === 'known' ? 'staff' : 'guess'}.${group}.${no}@timing.example`
    const body = { email, password: 'a wrong password, always', totp: '000000' }
    await post({ agent, url: `${url}/v1/session`, expected: 401 }, body)
  }
  const before = () => db.$executeRaw`WITH w AS (DELETE FROM sign_in_wait) DELETE FROM rate_limit`
  const gap = await compareSides({ requests, concurrency, before, ask })
  agent.destroy()
  return gap
}

/** Wrong passwords at `POST /v1/sign-in`: nobody is asked twice, so nobody waits. */
export async function compareAccounts(
  { db, concurrency, requests }: Omit<Place, 'cipher'>,
  url: string,
  key: string,
): Promise<Gap> {
  await addAccounts(db, requests / 2 + 20)
  const agent = new Agent({ keepAlive: true, maxSockets: concurrency })
  const ask = async (side: Side, no: number) => {
    const address = `${side === 'known' ? 'owner' : 'guess'}${no}@timing.example`
    const body = { address, password: 'a wrong password, always', ip: ipOf(side, no) }
    const headers = { authorization: `Bearer ${key}` }
    await post({ agent, url: `${url}/v1/sign-in`, expected: 200, headers }, body)
  }
  const gap = await compareSides({ requests, concurrency, before: async () => undefined, ask })
  agent.destroy()
  return gap
}

const ipOf = (side: Side, no: number) =>
  `10.${side === 'known' ? 1 : 2}.${(no >> 8) & 255}.${no & 255}`

type NewStaff = { group: string; most: number; isAtHome: boolean }

/** One hash for all: nobody's password is right anyway. */
async function addStaff(
  { db, cipher }: { db: Db; cipher: Cipher },
  { group, most, isAtHome }: NewStaff,
): Promise<void> {
  const hash = await hashPassword('an old and unknown password')
  const ids = Array.from({ length: most }, (_, no) => `stf_${group}_${no}`)
  const emails = ids.map((_, no) => `staff.${group}.${no}@timing.example`)
  const secrets = ids.map((id) => cipher.seal(mintTotpSecret(), totpContext(id)))
  await inTx(db, async (tx) => {
    await tx.$executeRaw`
      INSERT INTO staff (id, email, name, roles, password_hash, totp_secret, enrolled_at)
      SELECT n.id, n.email, n.email, '{reviewer}', ${hash}, n.secret, now()
      FROM unnest(${ids}::text[], ${emails}::text[], ${secrets}::bytea[]) AS n (id, email, secret)`
    if (!isAtHome) return
    const hashes = ids.map((id) => sha256(id))
    await tx.$executeRaw`
      INSERT INTO staff_session (id, token_hash, staff_id, ip, user_agent, factor)
      SELECT 'ses_' || n.id, n.hash, n.id, '127.0.0.1', '', 'totp'
      FROM unnest(${ids}::text[], ${hashes}::bytea[]) AS n (id, hash)`
  })
}

async function addAccounts(db: Db, most: number): Promise<void> {
  const hash = await hashPassword('an old and unknown password')
  await db.$executeRaw`
    WITH made AS (
      INSERT INTO account (id, address, match_key)
      SELECT 'timing-' || n, 'owner' || n || '@timing.example', 'owner' || n || '@timing.example'
      FROM generate_series(0, ${most}::int) n RETURNING no)
    INSERT INTO credential (account_no, password_hash) SELECT no, ${hash} FROM made`
}

type Target = { agent: Agent; url: string; expected: number; headers?: Record<string, string> }

/** The whole answer, over a connection that stays open. */
function post({ agent, url, expected, headers = {} }: Target, body: object): Promise<void> {
  return new Promise((resolve, reject) => {
    const json = JSON.stringify(body)
    const sent = request(url, {
      agent,
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        'content-length': Buffer.byteLength(json),
        ...headers,
      },
    })
    sent.on('error', reject)
    sent.on('response', (answer) => {
      answer.resume().on('end', () => {
        if (answer.statusCode === expected) resolve()
        else reject(new Error(`${url} answered ${answer.statusCode}`))
      })
    })
    sent.end(json)
  })
}
