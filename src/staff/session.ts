import type { Credentials } from '../platform/http/route.js'

/** OWASP for high value: 15 minutes idle, 8 hours in all; a grave act wants a factor of the last 5 (ASVS V7). */
export const IDLE_MINUTES = 15
export const SESSION_HOURS = 8
export const FRESH_MINUTES = 5
export const SESSION_BYTES = 32

/** `__Host-`: this origin only, over TLS only (RFC 6265bis §4.1.3.2). */
const COOKIE = '__Host-cordon'

export const sessionCookie = (token: string): string =>
  `${COOKIE}=${token}; Path=/; Secure; HttpOnly; SameSite=Strict; Max-Age=${SESSION_HOURS * 3_600}`

export const NO_SESSION_COOKIE = `${COOKIE}=; Path=/; Secure; HttpOnly; SameSite=Strict; Max-Age=0`

const TOKEN = /^[A-Za-z0-9_-]{43}$/

/** The session token in a `Cookie` header; a second one of that name counts as none. */
export function sessionToken({ cookie }: Pick<Credentials, 'cookie'>): string | undefined {
  const found = (cookie ?? '')
    .split(';')
    .map((pair) => pair.trim().split('='))
    .filter(([name]) => name === COOKIE)
    .map(([, value = '']) => value)
  const [token] = found
  return found.length === 1 && token !== undefined && TOKEN.test(token) ? token : undefined
}
