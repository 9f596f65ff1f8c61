import type { Verdict } from './address-suites.js'

/**
 * A decision of ours (docs/address-policy.md) that explains why we and a suite disagree. It looks
 * only at the string and at the suite's options, never at what `parseAddress` answers.
 */
export type PolicyRule = {
  name: string
  /** What we do with what the suite says the opposite of. */
  we: 'refuse' | 'accept'
  explains: (verdict: Verdict) => boolean
}

/** The first that explains a disagreement is the one it is counted under. */
export const POLICY_RULES: readonly PolicyRule[] = [
  { name: 'line break', we: 'refuse', explains: (v) => /[\r\n]/.test(v.raw) },
  { name: 'quoted local part', we: 'refuse', explains: (v) => localOf(v).includes('"') },
  { name: 'comment', we: 'refuse', explains: (v) => /[()]/.test(specOf(v)) },
  { name: 'domain literal', we: 'refuse', explains: (v) => domainOf(v).trim().startsWith('[') },
  { name: 'white space inside', we: 'refuse', explains: (v) => /\s/.test(specOf(v).trim()) },
  {
    name: 'host characters',
    we: 'refuse',
    explains: (v) => /[^\p{L}\p{M}\p{N}.-]/u.test(domainOf(v)),
  },
  { name: 'limits in octets', we: 'refuse', explains: exceedsLimits },
  { name: 'single label', we: 'refuse', explains: (v) => !domainOf(v).includes('.') },
  { name: 'numeric last label', we: 'refuse', explains: (v) => /\.\d+$/.test(domainOf(v)) },
  { name: 'broken Punycode', we: 'refuse', explains: (v) => /(?:^|\.)xn--/i.test(domainOf(v)) },
  { name: 'apostrophes do not quote', we: 'refuse', explains: (v) => /^'.*,.*'</.test(v.raw) },
  {
    name: 'blanks are trimmed',
    we: 'accept',
    explains: (v) => /^[ \t]|[ \t]$/.test(v.raw) && !v.raw.includes('<'),
  },
  {
    name: 'display name not judged',
    we: 'accept',
    explains: (v) => v.hasNames && /<.*>$/.test(v.raw),
  },
  { name: 'option of the suite', we: 'accept', explains: isOptional },
  { name: 'one-letter last label', we: 'accept', explains: (v) => /\.[a-z]$/.test(domainOf(v)) },
  { name: 'full-width domain', we: 'accept', explains: (v) => /[\uff01-\uff5e]/.test(domainOf(v)) },
]

const OPTIONS =
  /host_blacklist|host_whitelist|blacklisted_chars|require_display_name|domain_specific_validation|"allow_utf8_local_part":false|"allowUnicode":false|"tlds"/

function isOptional({ options }: Verdict): boolean {
  return OPTIONS.test(options)
}

function specOf({ raw, hasNames }: Verdict): string {
  return (hasNames ? /<([^<>]*)>\s*$/.exec(raw)?.[1] : undefined) ?? raw
}

function localOf(verdict: Verdict): string {
  const spec = specOf(verdict)
  return spec.slice(0, Math.max(0, spec.lastIndexOf('@')))
}

function domainOf(verdict: Verdict): string {
  const spec = specOf(verdict)
  return spec.slice(spec.lastIndexOf('@') + 1)
}

function exceedsLimits(verdict: Verdict): boolean {
  const octets = (text: string) => Buffer.byteLength(text)
  const labels = domainOf(verdict).split('.')
  return (
    octets(localOf(verdict)) > 64 ||
    octets(domainOf(verdict)) > 253 ||
    octets(specOf(verdict)) > 254 ||
    labels.some((label) => octets(label) > 63)
  )
}
