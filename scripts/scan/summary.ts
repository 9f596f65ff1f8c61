import type { Seen } from './front.js'
import type { Finding } from './tool.js'
import { type Judged, triage } from './triage.js'

/** One thing that was scanned. */
export type Part = { what: string; tool: string; verdict: string; isGood: boolean }

type Traffic = { requests: number; byStatus: Record<string, number> }

export type Result = {
  passed: boolean
  parts: Part[]
  findings: Judged[]
  traffic: Record<string, Traffic>
  /** What makes the scan fail, each as a sentence. */
  because: string[]
  seconds: number
  folder: string
}

type Scanned = {
  parts: Part[]
  findings: readonly Finding[]
  seen: Record<string, Seen>
  seconds: number
  folder: string
}

/** Judges a scan: it passes when the scanners were alive, everything was reached, and nothing found. */
export function resultOf({ parts, findings, seen, seconds, folder }: Scanned): Result {
  const judged = triage(findings)
  const because = [
    ...parts
      .filter((part) => !part.isGood)
      .map(({ what, tool, verdict }) => `${tool}: ${what} is ${verdict}.`),
    ...judged
      .filter(({ reason }) => reason === undefined)
      .map(({ tool, what, where, detail }) => `${tool}: ${what} at ${where} (${detail}).`),
    ...Object.entries(seen).flatMap(([listener, each]) => complaints(listener, each)),
  ]
  const traffic = Object.fromEntries(
    Object.entries(seen).map(([listener, { requests, byStatus }]) => [
      listener,
      { requests, byStatus: Object.fromEntries(byStatus) },
    ]),
  )
  return {
    passed: because.length === 0,
    parts,
    findings: judged,
    traffic,
    because,
    seconds,
    folder,
  }
}

/** A scan that was turned away has tested nothing. */
function complaints(listener: string, { byStatus, failures, throttled }: Seen): string[] {
  const count = (from: number, to: number) =>
    [...byStatus].reduce(
      (sum, [status, times]) => sum + (status >= from && status < to ? times : 0),
      0,
    )
  return [
    ...[...new Set(failures)].slice(0, 20).map((failure) => `${listener}: ${failure}.`),
    ...(count(200, 300) === 0 ? [`${listener}: nothing was answered with success.`] : []),
    ...(throttled > 0 ? [`${listener}: the scan was throttled ${throttled} times.`] : []),
  ]
}

/** The result for people. */
export function describe({
  passed,
  parts,
  findings,
  traffic,
  because,
  seconds,
  folder,
}: Result): string {
  const rows = parts.map(({ what, tool, verdict }) => [tool, what, verdict])
  const widths = [0, 1].map((column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)))
  const table = rows.map((row) => row.map((cell, at) => cell.padEnd(widths[at] ?? 0)).join('  '))
  const answered = Object.entries(traffic).map(
    ([listener, { requests, byStatus }]) =>
      `${listener}: ${requests} requests, ${Object.entries(byStatus)
        .map(([status, times]) => `${times} × ${status}`)
        .join(', ')}`,
  )
  const triaged = findings
    .filter(({ reason }) => reason !== undefined)
    .map(({ tool, what, where, reason }) => `not a flaw  ${tool}: ${what} at ${where}: ${reason}`)
  return [
    ...table,
    '',
    ...answered,
    ...triaged,
    ...because.map((each) => `FAILED      ${each}`),
    `${passed ? 'passed' : 'failed'} after ${seconds} s; reports in ${folder}`,
  ].join('\n')
}
