import { z } from 'zod'
import { endpoint } from './endpoint.js'
import { AnyTime, IdPath, PageQuery, pageOf, Text, Time } from './shapes.js'

const Kind = z.string().regex(/^[a-z][a-z_]{0,63}$/, 'must be a word such as addresses_exposed')

export const IncidentView = z.strictObject({
  id: z.string(),
  title: z.string(),
  kind: z.string(),
  status: z.enum(['open', 'closed']),
  occurredAt: Time,
  detectedAt: Time,
  summary: z.string().nullable(),
  version: z.int(),
  createdAt: Time,
})

export const openIncident = endpoint({
  method: 'post',
  path: '/v1/incidents',
  summary: 'Open an incident: when it happened, and when it was noticed',
  allow: 'incident.write',
  body: z.strictObject({
    title: Text(200),
    kind: Kind.default('addresses_exposed'),
    occurredAt: AnyTime,
    detectedAt: AnyTime,
    summary: Text(4_000).optional(),
  }),
  answers: { 201: IncidentView },
  creates: true,
})

export const listIncidents = endpoint({
  method: 'get',
  path: '/v1/incidents',
  summary: 'Incidents, the newest first',
  allow: 'incident.read',
  query: PageQuery,
  answers: { 200: pageOf(IncidentView) },
})

export const changeIncident = endpoint({
  method: 'patch',
  path: '/v1/incidents/:id',
  summary: 'Correct an incident, or close it; wants If-Match',
  allow: 'incident.write',
  params: IdPath,
  body: z.strictObject({
    title: Text(200).optional(),
    summary: Text(4_000).nullable().optional(),
    status: z.enum(['open', 'closed']).optional(),
  }),
  answers: { 200: IncidentView },
  refuses: ['incident_not_found', 'precondition_failed', 'precondition_required'],
})

/** `matched` addresses belong to an account; hashes are matched when a sweep is planned. */
const ListView = z.strictObject({
  id: z.string(),
  sha256: z.string(),
  name: z.string(),
  format: z.string(),
  entries: z.int(),
  accepted: z.int(),
  duplicates: z.int(),
  rejected: z.int(),
  matched: z.int(),
  unmatched: z.int(),
})

export const addList = endpoint({
  method: 'post',
  path: '/v1/incidents/:id/lists',
  summary: 'Add a list of exposed addresses; the same file again is the same list',
  allow: 'incident.write',
  params: IdPath,
  takes: ['multipart/form-data', 'application/octet-stream', 'text/csv', 'text/plain'],
  answers: { 200: ListView, 201: ListView },
  refuses: [
    'incident_not_found',
    'file_binary',
    'file_empty',
    'file_format_mismatch',
    'file_too_large',
    'file_truncated',
    'file_without_addresses',
  ],
})

/** `says` is the reason in words. */
const RejectionView = z.strictObject({
  line: z.int(),
  raw: z.string(),
  reason: z.string(),
  says: z.string(),
})

export const listRejections = endpoint({
  method: 'get',
  path: '/v1/lists/:id/rejections',
  summary: 'The lines of a list that hold no usable address, and why',
  allow: 'list.read',
  params: IdPath,
  query: PageQuery,
  answers: { 200: pageOf(RejectionView) },
  refuses: ['list_not_found'],
})

export const exportRejections = endpoint({
  method: 'get',
  path: '/v1/lists/:id/rejections.csv',
  summary: 'The same as CSV, all of it',
  allow: 'list.read',
  params: IdPath,
  gives: ['text/csv'],
  answers: { 200: z.undefined() },
  refuses: ['list_not_found'],
})

const Count = z.int().nonnegative()

/** Accounts in more batches than this are counted together with those in so many. */
export const BATCHES_COUNTED = 10

/** Who was exposed together: one leaked mail, or one list. Counts only, never an address. */
const BatchView = z.strictObject({
  listId: z.string(),
  listName: z.string(),
  no: Count,
  /** `mail`: whoever got it saw every other address in it. */
  kind: z.enum(['mail', 'list']),
  label: z.string().nullable(),
  at: Time.nullable(),
  addresses: Count,
  accounts: Count,
})

export const listBatches = endpoint({
  method: 'get',
  path: '/v1/incidents/:id/batches',
  summary:
    'Who was exposed with whom: the 100 largest batches, and how many batches accounts are in',
  allow: 'incident.read',
  params: IdPath,
  answers: {
    200: z.strictObject({
      batches: Count,
      /** Different addresses and hashes, in however many batches. */
      addresses: Count,
      largest: z.array(BatchView),
      /** Accounts by the number of batches they are in, up to `BATCHES_COUNTED`: that one means so many or more. */
      spread: z.array(z.strictObject({ batches: Count, accounts: Count })),
    }),
  },
  refuses: ['incident_not_found'],
})
