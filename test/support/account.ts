import { setPassword } from '../../src/accounts/service.js'
import { hashPassword } from '../../src/platform/credentials/password.js'
import { type Db, inTx } from '../../src/platform/db.js'
import { parseAddress } from '../../src/values/address.js'
import { matchKey } from '../../src/values/alias.js'

export type AccountFacts = {
  id: string
  address?: string
  password?: string
  locale?: string
  status?: string
  secondFactors?: string[] | null
}

/** Stores one account directly, as an import would, and returns its number. */
export async function anAccount(db: Db, facts: AccountFacts): Promise<bigint> {
  const { id, password, locale = null, status = 'active', secondFactors = [] } = facts
  const parsed = parseAddress(facts.address ?? `${id}@shop.example`)
  if ('rejected' in parsed) throw new Error(parsed.rejected)
  const { address } = parsed
  const [row] = await db.$queryRaw<{ no: bigint }[]>`
    INSERT INTO account (id, address, match_key, locale, status, second_factors)
    VALUES (${id}, ${address}, ${matchKey(address)}, ${locale}, ${status}, ${secondFactors}::text[])
    RETURNING no`
  if (password !== undefined) {
    const hash = await hashPassword(password)
    await inTx(db, (tx) => setPassword(tx, row!.no, hash))
  }
  return row!.no
}
