import { Resolver } from 'node:dns/promises'
import { domainToASCII } from 'node:url'

/** What the domain name system says about a domain's mail servers. */
export type MxAnswer =
  /** The most preferred first. */
  | { kind: 'hosts'; hosts: string[] }
  /** RFC 7505: the domain says that it takes no mail. */
  | { kind: 'null_mx' }
  /** The domain has no MX, so its own host takes its mail, if any (RFC 5321 §5.1). */
  | { kind: 'no_mx' }
  /** Nobody answered, or not usably: nothing is known. */
  | { kind: 'unanswered' }

export type MxLookUp = (domain: string) => Promise<MxAnswer>

/** Names kept for examples and tests (RFC 2606, RFC 6761): nobody outside is asked about them. */
const RESERVED = /(?:^|\.)(?:test|example|invalid|localhost|example\.(?:com|net|org))$/

/**
 * Asks the system's name servers, or `servers` (`address:port`). An answer takes at most twice
 * `timeoutMs`; a failure is an answer too, never an exception.
 */
export function openMx({
  servers,
  timeoutMs = 3_000,
}: {
  servers?: readonly string[]
  timeoutMs?: number
}): MxLookUp {
  const resolver = new Resolver({ timeout: timeoutMs, tries: 1 })
  if (servers) resolver.setServers(servers)
  return async (domain) => {
    const name = domainToASCII(domain)
    if (name === '' || (RESERVED.test(name) && !servers)) return { kind: 'unanswered' }
    try {
      return answerOf(await resolver.resolveMx(name))
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException
      return code === 'ENODATA' ? { kind: 'no_mx' } : { kind: 'unanswered' }
    }
  }
}

function answerOf(records: readonly { exchange: string; priority: number }[]): MxAnswer {
  const usable = records.filter(({ exchange }) => exchange !== '' && exchange !== '.')
  if (usable.length === 0) return records.length > 0 ? { kind: 'null_mx' } : { kind: 'no_mx' }
  const hosts = usable
    .map(({ exchange, priority }) => ({ host: exchange.toLowerCase(), priority }))
    .sort((left, right) => left.priority - right.priority || (left.host < right.host ? -1 : 1))
    .map(({ host }) => host)
  return { kind: 'hosts', hosts: [...new Set(hosts)] }
}
