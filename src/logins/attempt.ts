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

const shape = z.strictObject({
  id: z.string().min(1).max(128),
  account: z.strictObject({
    id: z.string().min(1).max(128).optional(),
    address: z.string().max(400).optional(),
  }),
  at: z.iso.datetime({ offset: true }),
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
  const plainIp = unmapped(ip)
  if (isIP(plainIp) === 0) return { rejected: 'ip: not an IP address' }
  if (account.id === undefined && account.address === undefined) {
    return { rejected: 'account: needs an id or an address' }
  }
  const address = account.address === undefined ? undefined : parseAddress(account.address)
  return {
    attempt: {
      id,
      accountId: account.id ?? null,
      address: address && 'address' in address ? address.address : null,
      at: new Date(at),
      ip: plainIp,
      succeeded: outcome === 'success',
      reason: withoutNul(reason),
      userAgent: withoutNul(userAgent),
      device: withoutNul(device),
    },
  }
}

/** `::ffff:192.0.2.1` is the IPv4 address 192.0.2.1 (RFC 4291 §2.5.5.2) and must count as it. */
const unmapped = (ip: string) => /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(ip)?.[1] ?? ip

const withoutNul = (text: string | undefined) => text?.replaceAll('\0', '') ?? null
