import { PROVIDERS, type Provider } from './providers.js'

type Known = Pick<Provider, 'name' | 'mxSuffixes' | 'domains'>

/**
 * The lane of a domain's mail. With its MX hosts (the most preferred first): the provider that all
 * of them belong to, else `mx:` and the registrable name of the first. Without: the provider that
 * the domain is known for, else `domain:` and the domain, a lane of its own. Domains that share
 * servers share a lane, because the servers count senders, not domains.
 */
export function laneOf(
  domain: string,
  mxHosts: readonly string[] | undefined,
  providers: readonly Known[] = PROVIDERS,
): string {
  const [first, ...others] = mxHosts ?? []
  if (first === undefined) {
    return providers.find(({ domains }) => domains.includes(domain))?.name ?? `domain:${domain}`
  }
  const hosts = [first, ...others].map(tidyHost)
  const owner = providers.find(({ mxSuffixes }) =>
    hosts.every((host) => mxSuffixes.some((suffix) => isUnder(host, suffix))),
  )
  return owner?.name ?? `mx:${registrable(tidyHost(first))}`
}

const tidyHost = (host: string) => host.toLowerCase().replace(/\.$/, '')

const isUnder = (host: string, suffix: string) => host === suffix || host.endsWith(`.${suffix}`)

/** Second levels under which countries register names: `example.co.uk`, `example.com.br`. */
const SECOND_LEVEL = /^(?:com?|net?|org?|gov|edu|ac|gob|mil|gen|ltd|plc|sch|nom|ind|in|id)$/

/**
 * The part of a host name that somebody registered. A guess by shape, which is enough here: a wrong
 * one puts strangers into one lane, and makes that lane slower than it need be.
 */
export function registrable(host: string): string {
  const labels = host.split('.')
  const [country = '', second = ''] = labels.toReversed()
  const isSecondLevel = country.length === 2 && SECOND_LEVEL.test(second)
  return labels.slice(isSecondLevel ? -3 : -2).join('.')
}
