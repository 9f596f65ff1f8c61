import { z } from 'zod'
import { STAFF_ROLES } from './acts.js'
import { endpoint } from './endpoint.js'
import { ActName } from './session.js'
import { IdPath, Line, Text, Time } from './shapes.js'

const Roles = z.array(z.enum(STAFF_ROLES)).min(1).max(STAFF_ROLES.length)
const Token = Line(128).min(1)

export const PersonView = z.strictObject({
  id: z.string(),
  email: z.string(),
  name: z.string(),
  roles: Roles,
  status: z.enum(['invited', 'active', 'dismissed']),
  version: z.int(),
  passkeys: z.int().nonnegative(),
  createdAt: Time,
  enrolledAt: Time.nullable(),
  dismissedAt: Time.nullable(),
})

/** What a role lets its holders do. */
const RoleView = z.strictObject({ role: z.enum(STAFF_ROLES), may: z.array(ActName) })

/** The link is shown once. */
const InvitationView = z.strictObject({ id: z.string(), link: z.string(), expiresInHours: z.int() })

export const listStaff = endpoint({
  method: 'get',
  path: '/v1/staff',
  summary: 'Who operates Cordon, and what each role may do',
  allow: 'staff.read',
  answers: {
    200: z.strictObject({ items: z.array(PersonView), roles: z.array(RoleView) }),
  },
})

export const inviteStaff = endpoint({
  method: 'post',
  path: '/v1/staff',
  summary: 'Invite somebody; the one-time link is in the answer and nowhere else',
  allow: 'staff.manage',
  body: z.strictObject({ email: Line(320), name: Text(100), roles: Roles }),
  answers: { 201: InvitationView },
  creates: true,
})

export const readStaff = endpoint({
  method: 'get',
  path: '/v1/staff/:id',
  summary: 'One member of staff; the ETag is the version to change',
  allow: 'staff.read',
  params: IdPath,
  answers: { 200: PersonView },
  refuses: ['staff_not_found'],
})

export const changeStaff = endpoint({
  method: 'patch',
  path: '/v1/staff/:id',
  summary: 'Change what somebody may do; wants If-Match',
  allow: 'staff.manage',
  params: IdPath,
  body: z.strictObject({ roles: Roles }),
  answers: { 200: PersonView },
  refuses: [
    'staff_not_found',
    'precondition_failed',
    'precondition_required',
    'illegal_transition',
  ],
})

export const inviteStaffAgain = endpoint({
  method: 'post',
  path: '/v1/staff/:id/invitation',
  summary: 'Invite somebody again who lost password or authenticator: both stop working',
  allow: 'staff.manage',
  params: IdPath,
  answers: { 201: InvitationView },
  refuses: ['staff_not_found'],
  creates: true,
})

export const dismissStaff = endpoint({
  method: 'delete',
  path: '/v1/staff/:id',
  summary: 'Dismiss somebody: everything they may do, and all their sessions, end at once',
  allow: 'staff.manage',
  params: IdPath,
  answers: { 204: z.undefined() },
  refuses: ['staff_not_found', 'illegal_transition'],
})

export const readInvitation = endpoint({
  method: 'post',
  path: '/v1/enrolment',
  summary: 'What an invitation offers: an authenticator secret to bind. Spends nothing',
  allow: 'anyone',
  body: z.strictObject({ token: Token }),
  answers: {
    200: z.strictObject({
      email: z.string(),
      name: z.string(),
      secret: z.string(),
      uri: z.string(),
    }),
  },
  refuses: ['token_invalid'],
})

export const completeEnrolment = endpoint({
  method: 'post',
  path: '/v1/enrolment/completion',
  summary: 'Set the password, bind the authenticator by its first code, get recovery codes once',
  allow: 'anyone',
  body: z.strictObject({
    token: Token,
    password: z.string().max(1_024),
    totp: Line(64).min(1),
  }),
  answers: { 201: z.strictObject({ recoveryCodes: z.array(z.string()) }) },
  refuses: ['token_invalid', 'password_refused', 'second_factor_wrong'],
})
