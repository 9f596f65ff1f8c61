import type { App } from '../../src/app.js'
import { sealEverything, verifyAudit } from '../../src/audit/service.js'
import { findBroken } from '../../src/doctor/service.js'

/** How often a message to each recipient came to its end, by the mail server's own count. */
export type Arrivals = { by: ReadonlyMap<string, number> }

export type Findings = {
  accounts: number
  outcomes: number
  resets: number
  /** Resets that did not raise the credential epoch by exactly one. */
  wrongEpochs: number
  mails: number
  accepted: number
  twice: number
  lost: number
  unknown: number
  /** Unknown mails without a stamp, an audit row or a case: what nobody could explain. */
  unexplained: number
  /** Invariants that the doctor found broken. */
  broken: string[]
  auditEvents: number
  auditFault: string | null
}

/** What is there when everything is over, against what the mail server saw. */
export async function inspect(
  app: App,
  sweeps: readonly string[],
  arrivals: Arrivals,
): Promise<Findings> {
  await sealEverything(app, { forMs: 30_000 })
  const audit = await verifyAudit(app)
  const broken = await findBroken(app.databaseUrl)
  const [row] = await app.db.$queryRaw<
    [Pick<Findings, 'accounts' | 'outcomes' | 'resets' | 'wrongEpochs'>]
  >`
    SELECT (SELECT count(*)::int FROM entry) AS accounts,
           (SELECT count(*)::int FROM outcome WHERE sweep_id = ANY(${[...sweeps]})) AS outcomes,
           (SELECT count(*)::int FROM reset) AS resets,
           (SELECT count(*)::int FROM outcome o JOIN standing s USING (account_no)
             WHERE o.outcome = 'reset_ordered' AND s.session_epoch <> 1) AS "wrongEpochs"`
  const { mails } = await judgeMails(app.db, arrivals)
  return {
    ...row,
    ...mails,
    broken,
    auditEvents: audit.verified,
    auditFault: audit.fault?.problem ?? null,
  }
}

type Found = {
  recipient: string
  status: string
  reply: string | null
  stamped: boolean
  audited: boolean
  asked: boolean
}

/** Every mail with what explains it where it may or may not have arrived. */
const foundMails = (db: App['db']): Promise<Found[]> => db.$queryRaw<Found[]>`
  SELECT m.recipient, m.status, m.reply, m.body_at IS NOT NULL AND m.accepted_at IS NULL AS stamped,
    EXISTS (SELECT FROM audit_event e WHERE e.subject = 'mail:' || m.id AND e.kind = 'mail.unknown') AS audited,
    EXISTS (SELECT FROM review_case c WHERE c.account_no = m.account_no AND 'mail_unknown' = ANY(c.because)) AS asked
  FROM mail m`

/** Of all mails: what the record says against what the mail server saw. */
export async function judgeMails(db: App['db'], { by }: Arrivals) {
  const mails = await foundMails(db)
  const unknown = mails.filter(({ status }) => status === 'unknown')
  const isThere = ({ recipient }: Found) => by.has(recipient)
  const counts = {
    mails: mails.length,
    accepted: mails.filter(({ status }) => status === 'accepted').length,
    twice: [...by.values()].filter((count) => count > 1).length,
    lost: mails.filter(
      (mail) => mail.status !== 'unknown' && (mail.status !== 'accepted' || !isThere(mail)),
    ).length,
    unknown: unknown.length,
    unexplained: unknown.filter(({ stamped, audited, asked }) => !(stamped && audited && asked))
      .length,
  }
  return { mails: counts, unknown }
}
