import { lookup as systemLookup } from 'node:dns/promises'
import { request as httpRequest, type IncomingMessage } from 'node:http'
import { request as httpsRequest } from 'node:https'
import { isIP, type LookupFunction } from 'node:net'
import { Refusal } from './errors.js'
import { isLoopback, reachOf } from './outbound-address.js'

export type Resolved = { address: string; family: number }

/** Where calls may go. `resolve` is the system's resolver unless a test brings its own. */
export type Outbound = {
  /** Private addresses and other ports than 443; http to this machine. */
  allowPrivate: boolean
  resolve?: (host: string) => Promise<Resolved[]>
}

export type Call = {
  headers: Readonly<Record<string, string>>
  body: string
  timeoutMs: number
  signal?: AbortSignal
}

/** What came back, or why nothing did: a code such as `timeout`, `address_refused`, `ECONNREFUSED`. */
export type Answer =
  | { kind: 'answered'; status: number; retryAfter: string | undefined; body: string }
  | { kind: 'failed'; because: string }

const LONGEST_URL = 2_048
const BODY_BYTES = 4_096

/**
 * Reads a URL that Cordon may call, or refuses with `url_refused`: https on port 443, no credentials,
 * a host spelled as it is meant, and no address that is not public (ASVS 5.0 V1.3.6). A name passes
 * here; where it leads is looked at each time somebody connects.
 */
export function outboundUrl(text: string, { allowPrivate }: Outbound): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined
  if (!url || text.length > LONGEST_URL || /[\s\\]/.test(text)) throw refused('is not a plain URL')
  const problem = PROBLEMS.find(({ is }) => is(url, text, allowPrivate))
  if (problem) throw refused(problem.says)
  return url
}

type Problem = { says: string; is: (url: URL, text: string, allowPrivate: boolean) => boolean }

const PROBLEMS: readonly Problem[] = [
  {
    says: 'holds credentials',
    is: ({ username, password }, text) =>
      username !== '' || password !== '' || text.split(/[/?#]/)[2]?.includes('@') === true,
  },
  {
    says: 'must begin with https://',
    is: (url, _text, allowPrivate) =>
      url.protocol !== 'https:' &&
      !(url.protocol === 'http:' && allowPrivate && isHere(hostOf(url))),
  },
  {
    says: 'names another port than 443',
    is: ({ port }, _text, allowPrivate) => port !== '' && !allowPrivate,
  },
  {
    says: 'spells its host in another way than it is meant',
    is: (url, text) => isIP(hostOf(url)) !== 0 && !isSpelledOut(text, url),
  },
  {
    says: 'leads to an address that is not public',
    is: (url, _text, allowPrivate) =>
      isIP(hostOf(url)) !== 0 && !isAllowed(hostOf(url), url, allowPrivate),
  },
  {
    says: 'leads to this machine',
    is: (url, _text, allowPrivate) => isLocalName(hostOf(url)) && !allowPrivate,
  },
]

const refused = (why: string) =>
  new Refusal('url_refused', `The URL ${why}. Name an https URL that is reachable from outside.`)

const hostOf = ({ hostname }: URL) => hostname.replace(/^\[|\]$/g, '')
const isLocalName = (host: string) => /(^|\.)localhost\.?$/i.test(host)
const isHere = (host: string) => isLocalName(host) || isLoopback(host)

/** `http://2130706433`, `0x7f.1` and `127.0.0.1` are one host to a URL parser, and to nobody else. */
const isSpelledOut = (text: string, { protocol, hostname }: URL) =>
  text.toLowerCase().startsWith(`${protocol}//${hostname}`)

function isAllowed(address: string, { protocol }: URL, allowPrivate: boolean): boolean {
  if (protocol === 'http:') return allowPrivate && isLoopback(address)
  const reach = reachOf(address)
  return reach === 'public' || (reach === 'private' && allowPrivate)
}

/**
 * POSTs once; follows nothing. The address is looked at where the socket takes it, so a name that
 * changes its address in between (DNS rebinding) gains nothing: what was checked is what is
 * connected to. Of the answer at most 4 KiB are read. Never throws.
 */
export async function post(text: string, call: Call, outbound: Outbound): Promise<Answer> {
  try {
    return await send(outboundUrl(text, outbound), call, outbound)
  } catch (error) {
    return { kind: 'failed', because: codeOf(error) }
  }
}

function send(url: URL, call: Call, outbound: Outbound): Promise<Answer> {
  const request = url.protocol === 'https:' ? httpsRequest : httpRequest
  return new Promise((resolve, reject) => {
    const late = new AbortController()
    const timer = setTimeout(() => late.abort(), call.timeoutMs)
    const end = (settle: () => void) => {
      clearTimeout(timer)
      settle()
    }
    const signals = [late.signal, ...(call.signal ? [call.signal] : [])]
    const outgoing = request(url, {
      method: 'POST',
      agent: false,
      headers: { ...call.headers, 'content-length': Buffer.byteLength(call.body) },
      lookup: checkedLookup(url, outbound),
      signal: AbortSignal.any(signals),
    })
    let hasAnswer = false // from here on the status counts, however the body ends
    outgoing.on('error', (error) => {
      if (!hasAnswer) end(() => reject(late.signal.aborted ? new Error('timeout') : error))
    })
    outgoing.on('response', (incoming) => {
      hasAnswer = true
      void beginning(incoming).then((body) =>
        end(() => {
          outgoing.destroy()
          resolve(answered(incoming, body))
        }),
      )
    })
    outgoing.end(call.body)
  })
}

const answered = ({ statusCode = 0, headers }: IncomingMessage, body: string): Answer => ({
  kind: 'answered',
  status: statusCode,
  retryAfter: headers['retry-after'],
  body,
})

/** The first bytes of a body, however it ends: the status has been said by then. */
function beginning(incoming: IncomingMessage): Promise<string> {
  return new Promise((resolve) => {
    const pieces: Buffer[] = []
    let bytes = 0
    const done = () => resolve(Buffer.concat(pieces).subarray(0, BODY_BYTES).toString('utf8'))
    incoming.on('data', (piece: Buffer) => {
      pieces.push(piece)
      bytes += piece.length
      if (bytes >= BODY_BYTES) done()
    })
    incoming.on('end', done)
    incoming.on('error', done)
    incoming.on('close', done)
  })
}

const ADDRESS_REFUSED = 'address_refused'

/** Resolves for the socket itself. One address that is not allowed refuses them all. */
function checkedLookup(
  url: URL,
  { allowPrivate, resolve = systemResolve }: Outbound,
): LookupFunction {
  return (host, options, callback) => {
    resolve(host).then(
      (found) => {
        const isGood = found.every(({ address }) => isAllowed(address, url, allowPrivate))
        const [first] = found
        if (!first || !isGood) {
          const failure = Object.assign(new Error(ADDRESS_REFUSED), { code: ADDRESS_REFUSED })
          callback(failure, '', 0)
        } else if (options.all) callback(null, found)
        else callback(null, first.address, first.family)
      },
      (error: NodeJS.ErrnoException) => callback(error, '', 0),
    )
  }
}

const systemResolve = (host: string) => systemLookup(host, { all: true })

const LONGEST_CODE = 64

function codeOf(error: unknown): string {
  if (error instanceof Refusal) return error.code
  const { code, message } = error as { code?: unknown; message?: unknown }
  const said = typeof code === 'string' ? code : message === 'timeout' ? 'timeout' : 'failed'
  return said.slice(0, LONGEST_CODE)
}
