import {
  type CryptoKey,
  calculateJwkThumbprint,
  exportJWK,
  exportPKCS8,
  generateKeyPair,
  importPKCS8,
  type JWK,
  SignJWT,
} from 'jose'
import { record } from '../../audit/service.js'
import type { Cipher } from '../../platform/cipher.js'
import { type Db, inTx, type Tx } from '../../platform/db.js'
import { Refusal } from '../../platform/errors.js'
import type { SetClaims } from '../set.js'
import * as store from './store.js'

export type SigningDeps = { db: Db; cipher: Cipher }

/** The CAEP interoperability profile asks for RS256 with 2048 bits or more. */
const ALGORITHM = 'RS256'
const KEY_BITS = 2_048

export type SignSet = (claims: SetClaims) => Promise<string>

/** Signs security event tokens with the current key, which is made at its first use. */
export async function openSigner(deps: SigningDeps): Promise<SignSet> {
  const { kid, sealedPrivate } = (await store.currentKey(deps.db)) ?? (await makeFirst(deps))
  const key = await importKey(deps.cipher.open(sealedPrivate, `signing_key:${kid}`), kid)
  return (claims) =>
    new SignJWT({ ...claims })
      .setProtectedHeader({ alg: ALGORITHM, kid, typ: 'secevent+jwt' })
      .sign(key)
}

let imported: { kid: string; key: CryptoKey } | undefined

/** The key that was imported last: reading one takes longer than signing with it. */
async function importKey(pem: string, kid: string): Promise<CryptoKey> {
  if (imported?.kid !== kid) imported = { kid, key: await importPKCS8(pem, ALGORITHM) }
  return imported.key
}

/** Of two processes that begin at once, one makes the key that both sign with. */
async function makeFirst(deps: SigningDeps): Promise<store.StoredKey> {
  const made = await generate(deps.cipher)
  return inTx(deps.db, async (tx) => {
    if (await store.insertKey(tx, made)) await recordKey(tx, made.kid, 'cordon')
    return (await store.currentKey(tx)) ?? made
  })
}

/**
 * Lets a new key sign from now on. The one before stays published for a month, for receivers that
 * have tokens yet to verify. Returns the new key's id. Refuses with `illegal_transition` the second
 * of two at once.
 */
export async function rotateSigningKey(deps: SigningDeps, actor: string): Promise<string> {
  const made = await generate(deps.cipher)
  await inTx(deps.db, async (tx) => {
    await store.retireKey(tx)
    if (!(await store.insertKey(tx, made)))
      throw new Refusal('illegal_transition', 'Somebody else made a new key at the same time.')
    await recordKey(tx, made.kid, actor)
  })
  return made.kid
}

const recordKey = (tx: Tx, kid: string, actor: string) =>
  record(tx, { kind: 'signing_key.added', actor, subject: `signing_key:${kid}` })

async function generate(cipher: Cipher): Promise<store.NewKey> {
  const { publicKey, privateKey } = await generateKeyPair(ALGORITHM, {
    modulusLength: KEY_BITS,
    extractable: true,
  })
  const jwk = await exportJWK(publicKey)
  const kid = await calculateJwkThumbprint(jwk)
  return {
    kid,
    publicJwk: { ...jwk, kid, alg: ALGORITHM, use: 'sig' },
    sealedPrivate: cipher.seal(await exportPKCS8(privateKey), `signing_key:${kid}`),
  }
}

const PUBLISHED_DAYS = 30

/** The public keys receivers verify with (RFC 7517 §5); none before the first token was signed. */
export async function publicKeys({ db }: { db: Db }): Promise<{ keys: JWK[] }> {
  return { keys: await store.publishedKeys(db, PUBLISHED_DAYS) }
}
