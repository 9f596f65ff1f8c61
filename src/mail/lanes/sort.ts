import type { MxAnswer } from '../../platform/mx.js'
import { laneOf } from './lane-of.js'
import type { Provider } from './providers.js'

const DAY_SECONDS = 24 * 60 * 60
const HOUR_SECONDS = 60 * 60

export type Sorted = {
  domain: string
  lane: string
  source: 'mx' | 'table' | 'unresolved'
  takesMail: boolean
  /** How long this may be believed. */
  keepSeconds: number
}

/**
 * The lane of a domain by what was answered about it. A question that nobody answered falls back to
 * the table, and is asked again after an hour; what the domain itself says holds for a day.
 */
export function sortDomain(
  domain: string,
  answer: MxAnswer,
  providers: readonly Provider[],
): Sorted {
  const alone = { domain, lane: `domain:${domain}`, takesMail: true }
  switch (answer.kind) {
    case 'hosts':
      return {
        ...alone,
        lane: laneOf(domain, answer.hosts, providers),
        source: 'mx',
        keepSeconds: DAY_SECONDS,
      }
    case 'no_mx':
      return { ...alone, source: 'mx', keepSeconds: DAY_SECONDS }
    case 'null_mx':
      return { ...alone, source: 'mx', takesMail: false, keepSeconds: DAY_SECONDS }
    case 'unanswered': {
      const lane = laneOf(domain, undefined, providers)
      const source = lane === alone.lane ? 'unresolved' : 'table'
      return { ...alone, lane, source, keepSeconds: HOUR_SECONDS }
    }
  }
}
