import { runInNewContext } from 'node:vm'
import type { Provider } from '../../../../src/mail/lanes/providers.js'
import { classify } from '../../../../src/mail/replies/classify.js'
import type { ReplyRule } from '../../../../src/mail/replies/rule.js'

export type Flaw =
  | 'no_sample'
  | 'sample_not_matched'
  | 'sample_won_by_another'
  | 'counter_sample_matched'
  | 'provider_without_matcher'
  | 'suffix_with_dot'
  | 'only_ipv4'
  | 'catastrophic'
  | 'id_repeated'

type Named = Pick<Provider, 'name' | 'mxSuffixes' | 'domains'>

/** Everything that is wrong with these rules and providers, as `flaw: where`. */
export function flawsIn(rules: readonly ReplyRule[], providers: readonly Named[]): string[] {
  const matchable = new Set(providers.filter(hasMatcher).map(({ name }) => name))
  const ofProviders = providers.flatMap((provider): Found[] => [
    ...(hasMatcher(provider) ? [] : [['provider_without_matcher', provider.name] as Found]),
    ...(hostsOf(provider).some((host) => /^\.|\.$/.test(host))
      ? [['suffix_with_dot', provider.name] as Found]
      : []),
  ])
  const ofRules = rules.flatMap((rule, index) => flawsOf(rule, index, { rules, matchable }))
  return [...ofProviders, ...ofRules].map(([flaw, where]) => `${flaw}: ${where}`)
}

type Found = [Flaw, string]

const hostsOf = ({ mxSuffixes, domains }: Named) => [...mxSuffixes, ...domains]
const hasMatcher = (provider: Named) => hostsOf(provider).length > 0

function flawsOf(
  rule: ReplyRule,
  index: number,
  { rules, matchable }: { rules: readonly ReplyRule[]; matchable: ReadonlySet<string> },
): Found[] {
  const found: Found[] = []
  const { id, provider } = rule
  if (rules.findIndex((each) => each.id === id) !== index) found.push(['id_repeated', id])
  if (provider !== '*' && !matchable.has(provider)) found.push(['provider_without_matcher', id])
  if (rule.samples.length === 0) found.push(['no_sample', id])
  for (const sample of rule.samples) found.push(...flawsOfSample(sample, rule, rules))
  for (const counter of rule.counterSamples ?? [])
    if (winnerOf(counter, rule, rules) === id) found.push(['counter_sample_matched', id])
  if (isCatastrophic(rule)) found.push(['catastrophic', id])
  return found
}

function flawsOfSample(sample: string, rule: ReplyRule, rules: readonly ReplyRule[]): Found[] {
  const { id } = rule
  if (winnerOf(sample, rule, [rule]) !== id) return [['sample_not_matched', `${id}: ${sample}`]]
  const winner = winnerOf(sample, rule, rules)
  if (winner !== id) return [['sample_won_by_another', `${id} by ${winner}: ${sample}`]]
  const isOnlyIpv4 = winnerOf(asIpv6(sample), rule, rules) !== id
  return isOnlyIpv4 ? [['only_ipv4', `${id}: ${sample}`]] : []
}

const winnerOf = (reply: string, rule: ReplyRule, rules: readonly ReplyRule[]) =>
  classify(
    reply,
    { provider: rule.provider === '*' ? null : rule.provider, phase: rule.phase ?? 'dot' },
    rules,
  ).ruleId

const IPV4 = /\b\d{1,3}(?:\.\d{1,3}){3}\b/g
const asIpv6 = (sample: string) => sample.replace(IPV4, '2001:db8:85a3::8a2e:370:7334')

const LIMIT_MS = 250
const LENGTH = 20_000

/** Runs the pattern where it can be stopped, against long text made to make it go back and forth. */
function isCatastrophic({ pattern, samples }: ReplyRule): boolean {
  const pieces = ['a', ' ', '1', '.', 'too many ', 'user mailbox ', '4.7.1 ', ...samples]
  const hostile = pieces.map((piece) => {
    const half = piece.slice(0, Math.ceil(piece.length / 2))
    return `${half.repeat(Math.ceil(LENGTH / half.length)).slice(0, LENGTH)}\u0000`
  })
  const code = 'hostile.forEach((text) => new RegExp(source, flags).test(text))'
  const { source, flags } = pattern
  try {
    runInNewContext(code, { hostile, source, flags }, { timeout: LIMIT_MS * hostile.length })
    return false
  } catch {
    return true
  }
}
