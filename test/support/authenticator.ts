import { createHash, generateKeyPairSync, type KeyObject, randomBytes, sign } from 'node:crypto'

// A software authenticator for tests: WebAuthn Level 3 §6.1 and §6.5, ES256, attestation "none".

export type Bent = {
  /** What a deceived browser would sign instead. */
  origin?: string
  rpId?: string
  challenge?: string
  type?: string
  crossOrigin?: boolean
  isUserVerified?: boolean
  isUserPresent?: boolean
  counter?: number
  userHandle?: string
}

export type Authenticator = ReturnType<typeof authenticator>

const FLAG = { userPresent: 0x01, userVerified: 0x04, attested: 0x40 }

/** One passkey. `counts: false` is like synced passkeys, whose counter stays 0. */
export function authenticator(origin: string, { counts = true } = {}) {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const idBytes = randomBytes(32)
  const id = idBytes.toString('base64url')
  let counter = 0
  let owner = ''

  const clientData = (type: string, challenge: string, bent: Bent) =>
    Buffer.from(
      JSON.stringify({
        type: bent.type ?? type,
        challenge: bent.challenge ?? challenge,
        origin: bent.origin ?? origin,
        crossOrigin: bent.crossOrigin ?? false,
      }),
    )
  const authData = (rpId: string, bent: Bent, attested?: Buffer) => {
    if (counts) counter += 1
    const flags =
      ((bent.isUserPresent ?? true) ? FLAG.userPresent : 0) |
      ((bent.isUserVerified ?? true) ? FLAG.userVerified : 0) |
      (attested ? FLAG.attested : 0)
    const counted = Buffer.alloc(4)
    counted.writeUInt32BE(bent.counter ?? counter)
    const rpIdHash = sha256(Buffer.from(bent.rpId ?? rpId))
    return Buffer.concat([rpIdHash, Buffer.from([flags]), counted, attested ?? Buffer.alloc(0)])
  }

  return {
    id,
    /** Answers creation options, as `credential.toJSON()` would be sent. */
    create(options: Options, bent: Bent = {}) {
      owner = options.user?.id ?? ''
      const length = Buffer.alloc(2)
      length.writeUInt16BE(idBytes.length)
      const attested = Buffer.concat([Buffer.alloc(16), length, idBytes, coseOf(publicKey)])
      const attestation = cbor(
        new Map<string, Cbor>([
          ['fmt', 'none'],
          ['attStmt', new Map()],
          ['authData', authData(options.rp?.id ?? '', bent, attested)],
        ]),
      )
      return {
        id,
        rawId: id,
        type: 'public-key',
        clientExtensionResults: {},
        response: {
          clientDataJSON: b64(clientData('webauthn.create', options.challenge, bent)),
          attestationObject: b64(attestation),
          transports: ['internal'],
        },
      }
    },
    /** Answers request options. */
    get(options: Options, bent: Bent = {}) {
      const data = clientData('webauthn.get', options.challenge, bent)
      const authenticatorData = authData(options.rpId ?? '', bent)
      const signature = signed(Buffer.concat([authenticatorData, sha256(data)]), privateKey)
      return {
        id,
        rawId: id,
        type: 'public-key',
        clientExtensionResults: {},
        response: {
          clientDataJSON: b64(data),
          authenticatorData: b64(authenticatorData),
          signature: b64(signature),
          userHandle: bent.userHandle ?? owner,
        },
      }
    },
  }
}

export type Options = {
  challenge: string
  rpId?: string
  rp?: { id: string }
  user?: { id: string }
}

const b64 = (bytes: Uint8Array) => Buffer.from(bytes).toString('base64url')
const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest()
const signed = (bytes: Uint8Array, key: KeyObject) => sign('sha256', bytes, key)

/** The public key as COSE (RFC 9053 §7.1): EC2, ES256, P-256. */
function coseOf(key: KeyObject): Buffer {
  const { x = '', y = '' } = key.export({ format: 'jwk' })
  return cbor(
    new Map<number, Cbor>([
      [1, 2],
      [3, -7],
      [-1, 1],
      [-2, Buffer.from(x, 'base64url')],
      [-3, Buffer.from(y, 'base64url')],
    ]),
  )
}

type Cbor = string | number | Buffer | Map<string, Cbor> | Map<number, Cbor>

/** As much of RFC 8949 as attestation objects need. */
function cbor(value: Cbor): Buffer {
  if (typeof value === 'number') return value < 0 ? head(1, -1 - value) : head(0, value)
  if (typeof value === 'string') {
    return Buffer.concat([head(3, Buffer.byteLength(value)), Buffer.from(value)])
  }
  if (Buffer.isBuffer(value)) return Buffer.concat([head(2, value.length), value])
  const pairs = [...(value as Map<string | number, Cbor>)].flatMap(([k, v]) => [cbor(k), cbor(v)])
  return Buffer.concat([head(5, value.size), ...pairs])
}

function head(major: number, length: number): Buffer {
  if (length < 24) return Buffer.from([(major << 5) | length])
  if (length < 256) return Buffer.from([(major << 5) | 24, length])
  return Buffer.from([(major << 5) | 25, length >> 8, length & 255])
}
