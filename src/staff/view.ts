import type { z } from 'zod'
import type { MachineRole, StaffRole } from '../contract/acts.js'
import type { KeyView } from '../contract/keys.js'
import type { SessionView } from '../contract/session.js'
import type { PersonView } from '../contract/staff.js'
import type { Passkey } from './passkeys/service.js'
import type { Person } from './people/store.js'
import { actsOf } from './policy.js'
import type { LiveSession, SeenSession } from './sessions/service.js'

export const sessionView = (session: LiveSession): z.input<typeof SessionView> => ({
  id: session.id,
  staff: {
    id: session.staffId,
    email: session.email,
    name: session.name,
    roles: session.roles as StaffRole[],
  },
  may: actsOf(session.roles),
  isFresh: session.isFresh,
  freshUntil: session.freshUntil.toISOString(),
  idleUntil: session.idleUntil.toISOString(),
  expiresAt: session.expiresAt.toISOString(),
})

export const seenSessionView = (session: SeenSession, ownId: string | undefined) => ({
  id: session.id,
  staffId: session.staffId,
  ip: session.ip,
  userAgent: session.userAgent,
  factor: session.factor,
  createdAt: session.createdAt.toISOString(),
  seenAt: session.seenAt.toISOString(),
  isThisOne: session.id === ownId,
})

export const personView = (person: Person): z.input<typeof PersonView> => ({
  id: person.id,
  email: person.email,
  name: person.name,
  roles: person.roles,
  status: statusOf(person),
  version: person.version,
  passkeys: person.passkeys,
  createdAt: person.createdAt.toISOString(),
  enrolledAt: iso(person.enrolledAt),
  dismissedAt: iso(person.dismissedAt),
})

export const roleView = <R extends StaffRole | MachineRole>(role: R) => ({
  role,
  may: actsOf([role]),
})

function statusOf({ dismissedAt, enrolledAt }: Person) {
  if (dismissedAt) return 'dismissed'
  return enrolledAt ? 'active' : 'invited'
}

const iso = (at: Date | null) => at?.toISOString() ?? null

export const passkeyView = ({ id, name, createdAt, usedAt }: Passkey) => ({
  id,
  name,
  createdAt: createdAt.toISOString(),
  usedAt: iso(usedAt),
})

type Key = {
  id: string
  name: string
  role: string
  madeBy: string | null
  createdAt: Date
  expiresAt: Date | null
  usedAt: Date | null
  revokedAt: Date | null
}

export const keyView = (key: Key): z.input<typeof KeyView> => ({
  id: key.id,
  name: key.name,
  role: key.role as MachineRole,
  madeBy: key.madeBy,
  createdAt: key.createdAt.toISOString(),
  expiresAt: iso(key.expiresAt),
  usedAt: iso(key.usedAt),
  revokedAt: iso(key.revokedAt),
})
