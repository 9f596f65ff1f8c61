import type { AuthenticationResponseJSON, RegistrationResponseJSON } from '@simplewebauthn/server'
import type { z } from 'zod'
import type { Assertion, Registration } from '../../contract/passkeys.js'

/** Who a passkey is for, as configured: never what a request says about itself. */
export type RelyingParty = { id: string; origin: string }

export function relyingParty(staffUrl: string): RelyingParty {
  const { hostname, origin } = new URL(staffUrl)
  return { id: hostname, origin }
}

/** Read at the first use: it is 270 files, and most processes never verify a passkey. */
const verifier = () => import('@simplewebauthn/server')

type Known = { id: string; transports: readonly string[] }
type Person = { id: string; email: string; name: string }

/** As long as a challenge lives. */
const TIMEOUT_MS = 300_000
/** Ed25519, ES256, RS256 (COSE): what authenticators have. */
const ALGORITHMS = [-8, -7, -257]

/** What a browser needs to make a passkey that signs in without being named first. */
export const creationOptions = (
  rp: RelyingParty,
  asked: { challenge: string; person: Person; known: readonly Known[] },
) => ({
  challenge: asked.challenge,
  rp: { id: rp.id, name: 'Cordon' },
  user: {
    id: userHandleOf(asked.person.id),
    name: asked.person.email,
    displayName: asked.person.name,
  },
  pubKeyCredParams: ALGORITHMS.map((alg) => ({ type: 'public-key' as const, alg })),
  timeout: TIMEOUT_MS,
  attestation: 'none' as const,
  excludeCredentials: asked.known.map(named),
  authenticatorSelection: {
    residentKey: 'required' as const,
    requireResidentKey: true as const,
    userVerification: 'preferred' as const,
  },
})

/** What a browser needs to show a passkey: one of `known`, or any of this site. */
export const requestOptions = (rp: RelyingParty, challenge: string, known: readonly Known[]) => ({
  challenge,
  rpId: rp.id,
  timeout: TIMEOUT_MS,
  userVerification: 'preferred' as const,
  allowCredentials: known.map(named),
})

const named = ({ id, transports }: Known) => ({
  type: 'public-key' as const,
  id,
  transports: [...transports],
})

/** What an authenticator keeps about whose passkey it is: opaque, no address. */
export const userHandleOf = (staffId: string): string => Buffer.from(staffId).toString('base64url')

/** The challenge that a browser says it signed; nothing is proven yet. */
export function claimedChallenge(clientDataJSON: string): string | undefined {
  try {
    const { challenge } = clientDataOf(clientDataJSON)
    return typeof challenge === 'string' ? challenge : undefined
  } catch {
    return undefined
  }
}

/** WebAuthn §5.8.1: JSON in UTF-8. */
const clientDataOf = (encoded: string): { challenge?: unknown; crossOrigin?: unknown } =>
  JSON.parse(Buffer.from(encoded, 'base64url').toString('utf8'))

export type NewPasskey = {
  id: string
  publicKey: Uint8Array<ArrayBuffer>
  counter: number
  transports: string[]
}

/** The passkey that was made for this site and challenge, or `undefined`. */
export async function readRegistration(
  rp: RelyingParty,
  challenge: string,
  credential: z.output<typeof Registration>,
): Promise<NewPasskey | undefined> {
  if (isFramed(credential.response.clientDataJSON)) return undefined
  const { verifyRegistrationResponse } = await verifier()
  const verified = await verifyRegistrationResponse({
    response: { ...credential, clientExtensionResults: {} } as RegistrationResponseJSON,
    expectedChallenge: challenge,
    expectedOrigin: rp.origin,
    expectedRPID: rp.id,
    requireUserVerification: false,
    supportedAlgorithmIDs: ALGORITHMS,
  }).catch(() => undefined)
  if (!verified?.verified) return undefined
  const { id, publicKey, counter } = verified.registrationInfo.credential
  const { transports } = credential.response
  return { id, publicKey: new Uint8Array(publicKey), counter, transports }
}

/** What an assertion proves. */
export type Proof = { counter: number; isUserVerified: boolean }

/**
 * What the holder of a public key signed for this site and challenge, or `undefined`. Whether the
 * counter has grown is for whoever stores it to say.
 */
export async function readAssertion(
  rp: RelyingParty,
  challenge: string,
  credential: z.output<typeof Assertion>,
  publicKey: Uint8Array,
): Promise<Proof | undefined> {
  if (isFramed(credential.response.clientDataJSON)) return undefined
  const { verifyAuthenticationResponse } = await verifier()
  const verified = await verifyAuthenticationResponse({
    response: { ...credential, clientExtensionResults: {} } as AuthenticationResponseJSON,
    expectedChallenge: challenge,
    expectedOrigin: rp.origin,
    expectedRPID: rp.id,
    credential: { id: credential.id, publicKey: new Uint8Array(publicKey), counter: 0 },
    requireUserVerification: false,
  }).catch(() => undefined)
  if (!verified?.verified) return undefined
  const { newCounter, userVerified } = verified.authenticationInfo
  return { counter: newCounter, isUserVerified: userVerified }
}

/** Cordon's pages cannot be framed: whoever signed inside another site's page was deceived. */
function isFramed(clientDataJSON: string): boolean {
  try {
    return clientDataOf(clientDataJSON).crossOrigin === true
  } catch {
    return true
  }
}
