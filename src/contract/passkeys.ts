import { z } from 'zod'
import { endpoint } from './endpoint.js'
import { SessionView } from './session.js'
import { Line, Text, Time } from './shapes.js'

const Base64Url = z
  .string()
  .max(8_192)
  .regex(/^[A-Za-z0-9_-]*$/, 'is not base64url')
/** A credential's id: at most 1,023 bytes (WebAuthn §4). */
const CredentialId = Base64Url.min(1).max(1_364)
const CredentialPath = z.strictObject({ id: CredentialId })
const Name = Text(100)

const Credential = z.strictObject({
  type: z.literal('public-key'),
  id: z.string(),
  transports: z.array(z.string()),
})

/** For `PublicKeyCredential.parseCreationOptionsFromJSON`. */
const CreationOptions = z.strictObject({
  challenge: z.string(),
  rp: z.strictObject({ id: z.string(), name: z.string() }),
  user: z.strictObject({ id: z.string(), name: z.string(), displayName: z.string() }),
  pubKeyCredParams: z.array(z.strictObject({ type: z.literal('public-key'), alg: z.int() })),
  timeout: z.int(),
  attestation: z.literal('none'),
  excludeCredentials: z.array(Credential),
  authenticatorSelection: z.strictObject({
    residentKey: z.literal('required'),
    requireResidentKey: z.literal(true),
    userVerification: z.literal('preferred'),
  }),
})

/** For `PublicKeyCredential.parseRequestOptionsFromJSON`. Without a list any passkey of this site will do. */
const RequestOptions = z.strictObject({
  challenge: z.string(),
  rpId: z.string(),
  timeout: z.int(),
  userVerification: z.literal('preferred'),
  allowCredentials: z.array(Credential),
})

/** What `toJSON()` of a new credential holds; the rest of it is not looked at. */
export const Registration = z.object({
  id: CredentialId,
  rawId: CredentialId,
  type: z.literal('public-key'),
  response: z.object({
    clientDataJSON: Base64Url,
    attestationObject: Base64Url,
    transports: z.array(Line(32)).max(10).default([]),
  }),
})

/** What `toJSON()` of an assertion holds. */
export const Assertion = z.object({
  id: CredentialId,
  rawId: CredentialId,
  type: z.literal('public-key'),
  response: z.object({
    clientDataJSON: Base64Url,
    authenticatorData: Base64Url,
    signature: Base64Url,
    userHandle: Base64Url.nullish(),
  }),
})

const PasskeyView = z.strictObject({
  id: z.string(),
  name: z.string(),
  createdAt: Time,
  usedAt: Time.nullable(),
})

export const listPasskeys = endpoint({
  method: 'get',
  path: '/v1/passkeys',
  summary: 'My passkeys',
  allow: 'session.use',
  answers: { 200: z.strictObject({ items: z.array(PasskeyView) }) },
})

export const offerPasskey = endpoint({
  method: 'post',
  path: '/v1/passkeys/options',
  summary: 'What a browser needs to make a passkey; the challenge lives five minutes',
  allow: 'session.use',
  fresh: true,
  answers: { 200: CreationOptions },
})

export const addPasskey = endpoint({
  method: 'post',
  path: '/v1/passkeys',
  summary: 'Keep a passkey that the browser made; its challenge makes it once',
  allow: 'session.use',
  fresh: true,
  body: z.strictObject({ name: Name, credential: Registration }),
  answers: { 201: PasskeyView },
  refuses: ['second_factor_wrong'],
})

export const renamePasskey = endpoint({
  method: 'patch',
  path: '/v1/passkeys/:id',
  summary: 'Call one of my passkeys something else',
  allow: 'session.use',
  params: CredentialPath,
  body: z.strictObject({ name: Name }),
  answers: { 200: PasskeyView },
})

export const removePasskey = endpoint({
  method: 'delete',
  path: '/v1/passkeys/:id',
  summary: 'Remove one of my passkeys; it opens nothing any more',
  allow: 'session.use',
  fresh: true,
  params: CredentialPath,
  answers: { 204: z.undefined() },
})

export const offerPasskeySignIn = endpoint({
  method: 'post',
  path: '/v1/session/passkey/options',
  summary: 'What a browser needs to show a passkey; the same for everybody',
  allow: 'anyone',
  answers: { 200: RequestOptions },
})

export const openSessionByPasskey = endpoint({
  method: 'post',
  path: '/v1/session/passkey',
  summary: 'Sign in with a passkey that checked who holds it, or with any passkey and the password',
  allow: 'anyone',
  body: z
    .strictObject({
      credential: Assertion,
      email: Line(320).optional(),
      password: z.string().max(1_024).optional(),
    })
    .refine(({ email, password }) => (email === undefined) === (password === undefined), {
      message: 'send email and password, or neither',
    }),
  answers: { 201: SessionView },
  refuses: ['sign_in_failed'],
})

export const offerPasskeyStepUp = endpoint({
  method: 'post',
  path: '/v1/session/factor/passkey/options',
  summary: 'What a browser needs to show one of my passkeys again',
  allow: 'session.use',
  answers: { 200: RequestOptions },
})

export const stepUpByPasskey = endpoint({
  method: 'post',
  path: '/v1/session/factor/passkey',
  summary: 'Show a passkey again: grave acts want a factor of the last five minutes',
  allow: 'session.use',
  body: z.strictObject({ credential: Assertion }),
  answers: { 200: SessionView },
  refuses: ['sign_in_failed'],
})
