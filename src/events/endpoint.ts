import type { EVENT_FORMATS } from '../contract/events.js'
import { Refusal } from '../platform/errors.js'
import { EVENT_TYPES, OUTGOING } from './event.js'
import { SIGNAL_TYPES, SIGNALLED } from './set.js'

export type Format = (typeof EVENT_FORMATS)[number]

/** The types an endpoint of a format can be told of. */
export const typesOf = (format: Format): readonly string[] =>
  format === 'webhook' ? EVENT_TYPES : SIGNAL_TYPES

/** Which audit kinds an endpoint is told of, and as what. */
export const mappingOf = (format: Format, types: readonly string[]) =>
  (format === 'webhook' ? OUTGOING : SIGNALLED).filter(({ type }) => types.includes(type))

export type EndpointRequest = {
  format: Format
  /** Where to send; not for `ssf_poll`, which is asked. */
  url?: string | undefined
  /** All of the format's types when left out. */
  types?: readonly string[] | undefined
  /** The `aud` of security event tokens; the URL's origin when left out. */
  audience?: string | undefined
}

export type CheckedEndpoint = {
  format: Format
  url: string | null
  types: readonly string[]
  audience: string | null
}

const AUDIENCE = /^[!-~]{1,256}$/

/** Completes what was asked for, or refuses with `input_invalid`. Where the URL leads is not seen here. */
export function checkEndpoint({ format, url, types, audience }: EndpointRequest): CheckedEndpoint {
  const known = typesOf(format)
  const wanted = types === undefined || types.length === 0 ? known : [...new Set(types)]
  const unknown = wanted.filter((type) => !known.includes(type))
  if (unknown.length > 0)
    throw invalid(`${unknown.join(', ')}: not a type of ${format}. There are: ${known.join(', ')}.`)
  if (format === 'ssf_poll') {
    if (url !== undefined)
      throw invalid('An endpoint that polls has no URL: it asks for its tokens.')
    if (audience === undefined) throw invalid('Name the audience: who the tokens are for.')
  } else if (url === undefined) throw invalid('Name the URL to send to.')
  if (audience !== undefined && (format === 'webhook' || !AUDIENCE.test(audience)))
    throw invalid('An audience is up to 256 printable characters, and only tokens have one.')
  const origin = () => (url !== undefined && URL.canParse(url) ? new URL(url).origin : null)
  return {
    format,
    url: url ?? null,
    types: wanted,
    audience: format === 'webhook' ? null : (audience ?? origin()),
  }
}

const invalid = (says: string) => new Refusal('input_invalid', says)

/**
 * A new secret from 32 random bytes. Webhooks are signed with it (`whsec_`, Standard Webhooks 1.0);
 * a receiver of tokens knows Cordon by it, and one that polls shows it (RFC 6750).
 */
export function mintSecret(format: Format, random: Uint8Array): string {
  const bytes = Buffer.from(random)
  return format === 'webhook'
    ? `whsec_${bytes.toString('base64')}`
    : `ces_${bytes.toString('base64url')}`
}

const BEARER = /^Bearer +(ces_[A-Za-z0-9_-]{43})$/i

/** The token of an endpoint that polls, from an `Authorization` header. */
export const bearerToken = (authorization: string | undefined): string | undefined =>
  BEARER.exec(authorization ?? '')?.[1]
