import { z } from 'zod'
import { MACHINE_ROLES } from './acts.js'
import { endpoint } from './endpoint.js'
import { ActName } from './session.js'
import { IdPath, Text, Time } from './shapes.js'

export const KeyView = z.strictObject({
  id: z.string(),
  name: z.string(),
  role: z.enum(MACHINE_ROLES),
  madeBy: z.string().nullable(),
  createdAt: Time,
  expiresAt: Time.nullable(),
  usedAt: Time.nullable(),
  revokedAt: Time.nullable(),
})

/** What a key of a role lets a machine do. */
const RoleView = z.strictObject({ role: z.enum(MACHINE_ROLES), may: z.array(ActName) })

export const listKeys = endpoint({
  method: 'get',
  path: '/v1/keys',
  summary: 'The keys of machines, never their secrets, and what each role may do',
  allow: 'key.read',
  answers: { 200: z.strictObject({ items: z.array(KeyView), roles: z.array(RoleView) }) },
})

export const addKey = endpoint({
  method: 'post',
  path: '/v1/keys',
  summary: 'Make a key; it is in the answer and nowhere else',
  allow: 'key.manage',
  body: z.strictObject({
    role: z.enum(MACHINE_ROLES),
    name: Text(100),
    days: z.int().min(1).max(3_650).optional(),
  }),
  answers: { 201: z.strictObject({ id: z.string(), key: z.string() }) },
  creates: true,
})

export const revokeKey = endpoint({
  method: 'delete',
  path: '/v1/keys/:id',
  summary: 'End a key at once',
  allow: 'key.manage',
  params: IdPath,
  answers: { 204: z.undefined() },
})
