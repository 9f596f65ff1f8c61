import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Finding } from './tool.js'

/** A finding that was looked at and is none: all but `tool` and `reason` are patterns, `reason` says why. */
type Triaged = { tool: string; what: string; where: string; detail: string; reason: string }

export type Judged = Finding & { times: number; reason?: string | undefined }

/** The findings, each kind at one place once, with the reason of those that are none. */
export function triage(findings: readonly Finding[]): Judged[] {
  const rules = JSON.parse(
    readFileSync(join(import.meta.dirname, 'triage.json'), 'utf8'),
  ) as Triaged[]
  const judged = new Map<string, Judged>()
  for (const finding of findings) {
    const key = [finding.tool, finding.what, finding.where, finding.detail].join(' ')
    const rule = rules.find(
      ({ tool, what, where, detail }) =>
        tool === finding.tool &&
        new RegExp(what).test(finding.what) &&
        new RegExp(where).test(finding.where) &&
        new RegExp(detail).test(finding.detail),
    )
    const before = judged.get(key)
    judged.set(key, { ...finding, times: (before?.times ?? 0) + 1, reason: rule?.reason })
  }
  return [...judged.values()]
}
