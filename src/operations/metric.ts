import type { Reading } from '../platform/metrics.js'

/** What each number means, and what its labels are called. */
const METRICS = {
  sweeps: ['Sweeps by status', 'status'],
  cases: ['Undecided cases by status and tier', 'status', 'tier'],
  cases_overdue: ['Undecided cases past the time they were due'],
  cases_escalated: ['Undecided cases that want other eyes, or waited far too long'],
  mails: ['Mails that have not left, or may not have', 'status', 'purpose'],
  mail_oldest_due_seconds: ['Age of the oldest mail that could leave now'],
  mail_valve_open: ['1 while mail may leave', 'scope'],
  mail_returns: ['What came back, by kind and class', 'kind', 'class'],
  mail_returns_refused: ['What the intake did not take, by reason', 'reason'],
  mail_seed_copies: ['Copies that seed mailboxes received, by problem', 'problem'],
  chunks_due: ['Chunks of running sweeps that are not done'],
  arrivals_waiting: ['Deliveries of login attempts nobody has looked at yet'],
  arrivals_oldest_seconds: ['Age of the oldest of them'],
  reassessments_waiting: ['Exposed accounts about which something changed'],
  watch_seconds: ['Attempt received to account protected, of the last ten minutes', 'quantile'],
  watch_actions: ['What the watch decided, by what became of it', 'status'],
  signals: ['Signals by detector', 'detector'],
  audit_unsealed: ['Audit events that are not linked into the chain yet'],
} as const satisfies Record<string, readonly [string, ...string[]]>

type Counted = { metric: string; label: string; kind: string; value: number }

/** Numbers as the database counted them, with their meaning. A metric without rows still shows. */
export const readingsOf = (counted: readonly Counted[]): Reading[] =>
  Object.entries(METRICS).map(([metric, [help, ...labelNames]]) => ({
    name: `cordon_${metric}`,
    help,
    values: counted
      .filter((each) => each.metric === metric)
      .map(({ label, kind, value }) => ({
        labels: Object.fromEntries(labelNames.map((name, at) => [name, at === 0 ? label : kind])),
        value,
      })),
  }))
