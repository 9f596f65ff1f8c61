import { isIP } from 'node:net'
import { z } from 'zod'
import { type Address, parseAddress } from '../values/address.js'

/** One login attempt as received. It names an account by id, by address, or (failures) by neither we know. */
export type Attempt = {
  id: string
  accountId: string | null
  address: Address | null
  at: Date
  ip: string
  succeeded: boolean
  reason: string | null
  userAgent: string | null
  device: string | null
}

const id = z
  .string()
  .min(1)
  .max(128)
  .refine((text) => !text.includes('\0'), 'holds NUL')
const shape = z.strictObject({
  id,
  account: z.strictObject({ id: id.optional(), address: z.string().max(400).optional() }),
  at: z.iso
    .datetime({ offset: true })
    .transform((text) => new Date(text))
    .refine(isInCalendar, 'not between the years 1970 and 9999'),
  ip: z.string().max(64),
  outcome: z.enum(['success', 'failure']),
  reason: z.string().max(64).optional(),
  userAgent: z.string().max(1024).optional(),
  device: z.string().max(256).optional(),
})

export type AttemptReading = { attempt: Attempt } | { rejected: string }

/** Reads one attempt from parsed JSON (contract, design §10). The reason names the field, not its value. */
export function readAttempt(json: unknown): AttemptReading {
  const parsed = shape.safeParse(json)
  if (!parsed.success) {
    const [first] = parsed.error.issues
    return { rejected: `${first?.path.join('.') || 'attempt'}: ${first?.message ?? 'malformed'}` }
  }
  const { id, account, at, ip, outcome, reason, userAgent, device } = parsed.data
  const source = plainIp(ip)
  if (source === undefined) return { rejected: 'ip: not an IP address' }
  if (account.id === undefined && account.address === undefined) {
    return { rejected: 'account: needs an id or an address' }
  }
  const address = account.address === undefined ? undefined : parseAddress(account.address)
  return {
    attempt: {
      id,
      accountId: account.id ?? null,
      address: address && 'address' in address ? address.address : null,
      at,
      ip: source,
      succeeded: outcome === 'success',
      reason: withoutNul(reason),
      userAgent: withoutNul(userAgent),
      device: withoutNul(device),
    },
  }
}

/**
 * The address as it is counted, if it is one. `::ffff:192.0.2.1`, however it is written, is the IPv4
 * address 192.0.2.1 (RFC 4291 §2.5.5.2). One with a zone means nothing beyond the machine that saw it.
 */
function plainIp(ip: string): string | undefined {
  if (isIP(ip) === 0 || ip.includes('%')) return undefined
  if (isIP(ip) === 4 || !/ffff/i.test(ip)) return ip
  const [, high, low] = MAPPED.exec(new URL(`http://[${ip}]`).hostname) ?? []
  if (high === undefined || low === undefined) return ip
  const bytes = [high, low].flatMap((half) => [parseInt(half, 16) >> 8, parseInt(half, 16) & 255])
  return bytes.join('.')
}

const MAPPED = /^\[::ffff:([0-9a-f]{1,4}):([0-9a-f]{1,4})\]$/

function isInCalendar(at: Date): boolean {
  return at.getUTCFullYear() >= 1970 && at.getUTCFullYear() <= 9999
}

const withoutNul = (text: string | undefined) => text?.replaceAll('\0', '') ?? null
