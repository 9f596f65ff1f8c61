/**
 * What Cordon records about itself. One row per change, written in the change's own transaction.
 * Details hold ids, counts, codes and digests: never an address, token, password or balance.
 */
export type AuditKind =
  | 'account.held'
  | 'account.imported'
  | 'account.locked'
  | 'account.released'
  | 'account.viewed'
  | 'attempts.forgotten'
  | 'attempts.imported'
  | 'attempts.received'
  | 'case.claimed'
  | 'case.decided'
  | 'case.opened'
  | 'case.raised'
  | 'case.released'
  | 'case.reopened'
  | 'case.snoozed'
  | 'catalogue.switched'
  | 'incident.changed'
  | 'incident.opened'
  | 'key.added'
  | 'key.revoked'
  | 'list.taken'
  | 'mail.accepted'
  | 'mail.rejected'
  | 'mail.staged'
  | 'mail.unknown'
  | 'reset.cancelled'
  | 'reset.completed'
  | 'reset.ordered'
  | 'second_factor.enrolled'
  | 'session.opened'
  | 'signals.raised'
  | 'staff.changed'
  | 'staff.dismissed'
  | 'staff.enrolled'
  | 'staff.invited'
  | 'staff.passkey_added'
  | 'staff.passkey_removed'
  | 'staff.session_ended'
  | 'staff.sign_in_failed'
  | 'staff.signed_in'
  | 'staff.stepped_up'
  | 'sweep.aborted'
  | 'sweep.approved'
  | 'sweep.exported'
  | 'sweep.failed'
  | 'sweep.finished'
  | 'sweep.paused'
  | 'sweep.planned'
  | 'sweep.requested'
  | 'sweep.resumed'
  | 'sweep.started'
  | 'sweep.action_superseded'
  | 'watch.allowed'
  | 'watch.applied'
  | 'watch.limited'
  | 'watch.resumed'
  | 'watch.stopped'
  | 'valve.closed'
  | 'valve.opened'

export type AuditDetail = Record<string, string | number | boolean | null | readonly string[]>

export type AuditEvent = {
  kind: AuditKind
  /** Who did it: `os:<name>`, `key:<id>`, `account:<id>`, `staff:<id>` or `cordon`. */
  actor: string
  /** What it was done to, as `<noun>:<id>`. */
  subject: string
  detail?: AuditDetail
}
