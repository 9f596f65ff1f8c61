/**
 * Everything somebody can be allowed to do, in words. `isGrave` acts want a second factor that was
 * shown in the last five minutes (ASVS 5.0 V7.5.3).
 */
export const ACTS = {
  'account.import': { says: 'tell Cordon which accounts there are' },
  'account.read': { says: 'look at an account and what happened to it' },
  'audit.export': { says: 'take the audit record out of Cordon', isGrave: true },
  'audit.read': { says: 'read and verify the audit record' },
  'case.decide': { says: 'claim cases, comment on them and decide them' },
  'case.read': { says: 'read cases' },
  'event.manage': { says: 'say which systems are told what happens', isGrave: true },
  'event.read': { says: 'see which systems are told what happens' },
  'incident.read': { says: 'read incidents, their lists and sweeps' },
  'incident.write': { says: 'open incidents and add lists to them' },
  'key.manage': { says: 'make and revoke the keys of machines', isGrave: true },
  'key.read': { says: 'see which keys there are' },
  'list.read': { says: 'read the lines of a list that were refused' },
  'mail.open': { says: 'let mail leave again', isGrave: true },
  'mail.close': { says: 'stop all mail' },
  'mail.read': { says: 'see how far mail is' },
  'metrics.read': { says: 'read the metrics' },
  'session.use': { says: 'see and end their own sessions' },
  'session.end_any': { says: 'end the sessions of other staff' },
  sign_in: { says: 'check the password of an account holder' },
  'staff.manage': { says: 'invite staff, change their roles and dismiss them', isGrave: true },
  'staff.read': { says: 'see who operates Cordon' },
  'standing.read': { says: 'ask what an account may do' },
  'sweep.approve': { says: 'approve a plan that somebody else made', isGrave: true },
  'sweep.export': { says: 'take the report per account out of Cordon', isGrave: true },
  'sweep.plan': { says: 'plan a sweep' },
  'sweep.read': { says: 'read plans and watch sweeps' },
  'sweep.start': { says: 'start and resume approved sweeps', isGrave: true },
  'sweep.stop': { says: 'pause and abort sweeps' },
} as const satisfies Record<string, { says: string; isGrave?: true }>
export type Act = keyof typeof ACTS

/** Whether an act wants a fresh second factor. */
export const isGrave = (act: Act): boolean => 'isGrave' in ACTS[act]

/** What staff are, one or several each; what a machine's key is, exactly one. */
export const STAFF_ROLES = ['admin', 'responder', 'approver', 'reviewer', 'auditor'] as const
export type StaffRole = (typeof STAFF_ROLES)[number]
export const MACHINE_ROLES = ['ingest', 'platform', 'automation'] as const
export type MachineRole = (typeof MACHINE_ROLES)[number]
