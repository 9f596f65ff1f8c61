import type { z } from 'zod'
import type { readResult } from '../../contract/sweep-report.js'
import type { SweepReport } from './report.js'

type Result = z.input<(typeof readResult)['answers'][200]>

/** The report in short, as the console shows it; the rest of it is a page of its own. */
export const resultView = (report: SweepReport): Result => {
  const { ordered, waiting, opened, completed, cancelled } = report.resets
  const { total, decided, overdue } = report.cases
  const { planningSeconds, approvalSeconds, runSeconds } = report.durations
  const { detectionToHoldsSeconds } = report.durations
  return {
    asOf: report.asOf.toISOString(),
    checks: report.checks.map(({ name, relation, left, right, holds }) => ({
      name,
      relation,
      left,
      right,
      holds,
    })),
    superseded: report.superseded,
    resets: { ordered, waiting, opened, completed, cancelled },
    cases: { total, decided, overdue },
    mail: {
      says: report.mail.says,
      lines: report.mail.lines.map(({ purpose, status, says, mails }) => ({
        purpose,
        status,
        says,
        mails,
      })),
    },
    durations: { planningSeconds, approvalSeconds, runSeconds, detectionToHoldsSeconds },
  }
}
