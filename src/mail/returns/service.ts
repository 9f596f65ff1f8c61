import type { AuditEvent } from '../../audit/event.js'
import { record } from '../../audit/service.js'
import { type Db, inTx, type Tx } from '../../platform/db.js'
import { sha256 } from '../../platform/hash.js'
import type { Address } from '../../values/address.js'
import { redactReply } from '../replies/redact.js'
import type { Sender } from '../sender.js'
import { stopScopes } from '../service.js'
import { GLOBAL } from '../valve.js'
import { readReport } from './read-report.js'
import { isDead, type Report, type ReturnKind } from './report.js'
import { claimedMail, inspectCopy } from './seed-gate.js'
import * as store from './store.js'

export type ReturnReason =
  | 'mailbox_dead'
  | 'mail_bounced'
  | 'mail_complained'
  | 'mail_answer_unreadable'

/** Something about a mail that somebody has to look at. */
export type Returned = {
  accountNo: bigint
  sweepId: string
  reason: ReturnReason
  /** There is value to lose, or nobody knows. */
  isFunded: boolean
}
export type OnReturned = (tx: Tx, returned: Returned) => Promise<void>

export type ReturnDeps = {
  db: Db
  /** Told of each, in the transaction that records it. */
  onReturned: OnReturned
}

export type Arrival = {
  /** From the signed address it came to. */
  mailId: string
  /** It came from the null path, as reports of servers do (RFC 5321 §4.5.5). */
  isFromNobody: boolean
  bytes: Uint8Array
}

/**
 * Records what came back to the address of one mail: its state, the audit row and the case that
 * follow, in one transaction. The same bytes again change nothing. Nothing here touches the account:
 * no report can lock anybody out or take a reset back. Answers with the kind that was read.
 */
export async function takeReport(deps: ReturnDeps, arrival: Arrival): Promise<ReturnKind> {
  const report = await readReport(arrival.bytes)
  const digest = sha256(arrival.bytes)
  await inTx(deps.db, async (tx) => {
    const mail = await store.lockMail(tx, arrival.mailId)
    if (!mail) return // signed and not here: the database is an older backup
    const diagnostic = report.diagnostic && redactReply(report.diagnostic, mail.recipient)
    const kept = await store.insertReturn(tx, { ...report, diagnostic, mailNo: mail.no, digest })
    if (kept === 'known') return
    await markMail(tx, mail.no, report)
    const event = eventOf(mail, report)
    if (event) await record(tx, event)
    const reason = reasonFor(report, arrival.isFromNobody)
    const { accountNo, sweepId, isFunded } = mail
    if (reason && kept === 'first')
      await deps.onReturned(tx, { accountNo, sweepId, isFunded, reason })
  })
  return report.kind
}

async function markMail(tx: Tx, mailNo: bigint, report: Report): Promise<void> {
  if (report.kind === 'failed') await store.markBounced(tx, mailNo, report)
  if (report.kind === 'complaint') await store.markComplained(tx, mailNo)
}

const AUDITED = {
  failed: 'mail.bounced',
  complaint: 'mail.complained',
  delayed: 'mail.delayed',
} as const

function eventOf(mail: store.ReportedMail, report: Report): AuditEvent | undefined {
  const { kind, status, class: found } = report
  if (kind !== 'failed' && kind !== 'complaint' && kind !== 'delayed') return undefined
  return {
    kind: AUDITED[kind],
    actor: 'cordon',
    subject: `mail:${mail.id}`,
    detail: {
      account: String(mail.accountNo),
      sweep: mail.sweepId,
      purpose: mail.purpose,
      // of an `unknown` mail this is the explanation
      was: mail.status,
      ...(kind === 'complaint' ? {} : { status, class: found }),
    },
  }
}

/** What people are asked about. Of late mail, arrivals and automatic answers there is nothing to ask. */
function reasonFor(
  { kind, class: found }: Report,
  isFromNobody: boolean,
): ReturnReason | undefined {
  if (kind === 'failed') return isDead(found) ? 'mailbox_dead' : 'mail_bounced'
  if (kind === 'complaint') return 'mail_complained'
  return kind === 'unreadable' && isFromNobody ? 'mail_answer_unreadable' : undefined
}

/**
 * How many mails of this wave of a sweep were accepted, how many of them failed afterwards, and how
 * many people complained about.
 */
export const returnsOf = (tx: Tx, sweepId: string, wave: number): Promise<store.Returns> =>
  store.countReturns(tx, sweepId, wave)

export type SeedDeps = { db: Db; sender: Sender; bounceDomain: string | undefined }

/**
 * Records the copy of a mail that a seed mailbox received. One that is not what was sent closes the
 * valve of all mail in the same transaction, once per mail. `stray` when no mail of ours went to this
 * seed under the id it names: anybody may write to a mailbox, so that alone stops nothing.
 */
export async function takeSeedCopy(
  deps: SeedDeps,
  { seed, bytes }: { seed: Address; bytes: Uint8Array },
): Promise<'kept' | 'stray'> {
  const mailId = claimedMail(bytes)
  if (mailId === undefined) return 'stray'
  const { sender, bounceDomain } = deps
  return inTx(deps.db, async (tx) => {
    const mail = await store.lockSeedMail(tx, mailId, seed)
    if (!mail) return 'stray'
    const problem = await inspectCopy(bytes, { mailId, seed, sender, bounceDomain })
    if (await store.keepSeedCopy(tx, mailId, problem)) {
      const detail = { sweep: mail.sweepId, problem }
      await record(tx, {
        kind: 'mail.seed_checked',
        actor: 'cordon',
        subject: `mail:${mailId}`,
        detail,
      })
      if (problem) await stopScopes(tx, [{ scope: GLOBAL, reason: `seed copy: ${problem}` }])
    }
    return 'kept'
  })
}

/** The copies that seed mailboxes received of these mails; a mail without one is not among them. */
export const seedCopiesOf = (tx: Tx, mailIds: readonly string[]): Promise<store.SeedCopy[]> =>
  mailIds.length > 0 ? store.seedCopies(tx, mailIds) : Promise.resolve([])

/** Counts what the intake refused or shed, by reason. */
export const countRefused = (
  deps: { db: Db },
  refused: readonly (readonly [string, number])[],
): Promise<void> => store.addRefused(deps.db, refused)
