import { ACTS, type Act, type MachineRole, type StaffRole } from '../contract/acts.js'

export type Role = StaffRole | MachineRole

const EVERYBODY: readonly Act[] = [
  'session.use',
  'incident.read',
  'sweep.read',
  'account.read',
  'case.read',
  'mail.read',
  'mail.close',
]
const RESPONDER: readonly Act[] = [
  ...EVERYBODY,
  'incident.write',
  'list.read',
  'account.import',
  'sweep.plan',
  'sweep.start',
  'sweep.stop',
  'metrics.read',
]
const AUDITOR: readonly Act[] = [
  ...EVERYBODY,
  'list.read',
  'audit.read',
  'audit.export',
  'sweep.export',
  'staff.read',
  'key.read',
  'event.read',
  'metrics.read',
]

/** What each role may do (design §10). Whatever is not written here is refused. */
export const ROLE_MAY: Record<Role, readonly Act[]> = {
  responder: RESPONDER,
  approver: [...EVERYBODY, 'list.read', 'sweep.approve', 'sweep.stop', 'mail.open'],
  reviewer: [...EVERYBODY, 'case.decide'],
  auditor: AUDITOR,
  admin: [
    ...EVERYBODY,
    'audit.read',
    'staff.read',
    'staff.manage',
    'session.end_any',
    'key.read',
    'key.manage',
    'event.read',
    'event.manage',
    'metrics.read',
  ],
  ingest: [],
  platform: ['sign_in', 'standing.read'],
  automation: [...new Set([...RESPONDER, ...AUDITOR])].filter((act) => act !== 'session.use'),
}

/** Whether any of these roles may do an act. Unknown roles and acts may not and cannot. */
export const may = (roles: readonly string[], act: string): boolean =>
  roles.some(
    (role) =>
      Object.hasOwn(ROLE_MAY, role) && (ROLE_MAY[role as Role] as readonly string[]).includes(act),
  )

/** Every act that these roles may do: what a client shows. */
export const actsOf = (roles: readonly string[]): Act[] =>
  (Object.keys(ACTS) as Act[]).filter((act) => may(roles, act))
