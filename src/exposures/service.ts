import { createHash, randomBytes } from 'node:crypto'
import type pg from 'pg'
import { record } from '../audit/service.js'
import type { Incident } from '../generated/prisma/client.js'
import { type Db, inTx, type Tx } from '../platform/db.js'
import { Refusal } from '../platform/errors.js'
import { newId } from '../values/ids.js'
import type { Batch, RejectedEntry } from './entry.js'
import { readList } from './read-list.js'
import * as store from './store.js'

export type ExposureDeps = {
  db: Db
  pool: pg.Pool
  now: () => Date
  random: (bytes: number) => Uint8Array
}

export type NewIncident = { title: string; occurredAt?: Date; actor: string }

/**
 * Finds the open incident of this title, or opens one. Re-running a command therefore continues the
 * same incident. `occurredAt` defaults to now and is moved back by dated batches (`takeList`).
 */
export async function openIncident(deps: ExposureDeps, incident: NewIncident): Promise<string> {
  const { title, actor } = incident
  return inTx(deps.db, async (tx) => {
    await tx.$executeRaw`SELECT pg_advisory_xact_lock(hashtextextended(${`incident ${title}`}, 0))`
    const open = await tx.incident.findFirst({ where: { title, status: 'open' } })
    if (open) return open.id
    const id = newId('inc', deps.random(16))
    const detectedAt = deps.now()
    const occurredAt = incident.occurredAt ?? detectedAt
    await tx.incident.create({
      data: { id, title, kind: 'addresses_exposed', occurredAt, detectedAt },
    })
    await record(tx, { kind: 'incident.opened', actor, subject: `incident:${id}` })
    return id
  })
}

export type { Incident }

export type OpenedIncident = {
  title: string
  kind: string
  occurredAt: Date
  detectedAt: Date
  summary: string | null
  actor: string
}

/** Opens an incident of its own, also when another has this title. */
export async function createIncident(tx: Tx, opened: OpenedIncident): Promise<Incident> {
  const { actor, ...facts } = opened
  const incident = await tx.incident.create({
    data: { id: newId('inc', randomBytes(16)), ...facts },
  })
  await record(tx, { kind: 'incident.opened', actor, subject: `incident:${incident.id}` })
  return incident
}

/** Refuses with `incident_not_found`. */
export async function getIncident(tx: Tx, id: string): Promise<Incident> {
  const incident = await tx.incident.findUnique({ where: { id } })
  if (!incident) throw new Refusal('incident_not_found', `There is no incident ${id}.`)
  return incident
}

/** The lists of an incident, in the order they were taken. */
export const listsOf = (tx: Tx, incidentId: string) =>
  tx.list.findMany({ where: { incidentId }, orderBy: [{ createdAt: 'asc' }, { id: 'asc' }] })

export type IncidentChange = {
  id: string
  version: number
  change: {
    title?: string | undefined
    summary?: string | null | undefined
    status?: 'open' | 'closed' | undefined
  }
  actor: string
}

/** Corrects or closes an incident. Refuses with `incident_not_found` and `precondition_failed`. */
export async function changeIncident(tx: Tx, asked: IncidentChange): Promise<Incident> {
  const { id, version, change, actor } = asked
  const { title, summary, status } = change
  const data = {
    ...(title === undefined ? {} : { title }),
    ...(summary === undefined ? {} : { summary }),
    ...(status === undefined ? {} : { status }),
  }
  const { count } = await tx.incident.updateMany({
    where: { id, version },
    data: { ...data, version: { increment: 1 } },
  })
  const incident = await getIncident(tx, id)
  if (count === 0) {
    throw new Refusal('precondition_failed', 'Somebody changed this incident. Read it again.')
  }
  const detail = { fields: Object.keys(data), status: incident.status }
  await record(tx, { kind: 'incident.changed', actor, subject: `incident:${id}`, detail })
  return incident
}

/** A page of incidents, the newest first, from behind `before`. */
export const listIncidents = (
  tx: Tx,
  page: { before?: { at: Date; id: string } | undefined; take: number },
): Promise<Incident[]> => store.listIncidents(tx, page)

/** Where an account's address was exposed, or one that is an alias of it: batch by batch. */
export const exposuresOf = (tx: Tx, accountNo: bigint): Promise<store.Exposure[]> =>
  store.exposuresOf(tx, accountNo)

/** How many addresses of a list belong to an account. */
export const countMatched = (tx: Tx, listId: string) => store.countMatched(tx, listId)

/** Rejected lines in order, from behind the line `after`. Refuses with `list_not_found`. */
export async function rejectionsOf(
  tx: Tx,
  listId: string,
  page: { after: store.RejectionPlace; take: number },
): Promise<store.Rejection[]> {
  const list = await tx.list.findUnique({ where: { id: listId }, select: { id: true } })
  if (!list) throw new Refusal('list_not_found', `There is no list ${listId}.`)
  return store.rejections(tx, listId, page)
}

export type ListSource = {
  name: string
  /** Opens the content from its beginning; called twice, to hash and to read. */
  open: () => AsyncIterable<Uint8Array>
  /** Told now and then how many entries were read. */
  onProgress?: (entries: number) => void
}

export type ListSummary = {
  id: string
  name: string
  sha256: string
  format: string
  entries: number
  accepted: number
  duplicates: number
  rejected: number
}

/**
 * Stores one exposed list: its batches, entries and rejections. The same content again is the same
 * list, whatever its name. Entries arrive by COPY in pages and become real when the list's row
 * commits, so a reader that is killed leaves nothing that counts.
 * Refuses with the `file_*` codes of `readList`.
 */
export async function takeList(
  deps: ExposureDeps,
  incidentId: string,
  source: ListSource,
  actor: string,
): Promise<ListSummary & { isNew: boolean }> {
  const sha256 = await hashOf(source.open())
  const known = await store.findByHash(deps.db, incidentId, sha256)
  if (known) return { ...known, isNew: false }
  const id = newId('lst', deps.random(16))
  const read = await copyList(deps, id, source)
  return inTx(deps.db, async (tx) => {
    await store.lockContent(tx, incidentId, sha256)
    const taken = await store.findByHash(tx, incidentId, sha256)
    if (taken) {
      await store.deleteEntries(tx, id)
      return { ...taken, isNew: false }
    }
    const distinct = await store.countDistinct(tx, id)
    const counts = {
      ...read.counts,
      accepted: distinct,
      duplicates: read.counts.accepted - distinct,
    }
    const list = await tx.list.create({
      data: { id, incidentId, sha256, name: source.name, format: read.format, ...counts },
    })
    await store.insertBatches(tx, id, read.batches)
    await moveIncidentBack(tx, incidentId, read.batches)
    await record(tx, {
      kind: 'list.taken',
      actor,
      subject: `list:${id}`,
      detail: { sha256, ...counts },
    })
    return { ...list, isNew: true }
  })
}

/** The identity of a list: SHA-256 (hex) of its content as it stands. */
export async function hashOf(content: AsyncIterable<Uint8Array>): Promise<string> {
  const hash = createHash('sha256')
  for await (const bytes of content) hash.update(bytes)
  return hash.digest('hex')
}

async function copyList(deps: ExposureDeps, listId: string, source: ListSource) {
  const reading = await readList(source.open(), { name: source.name })
  const counts = { entries: 0, accepted: 0, rejected: 0 }
  const batches: Batch[] = []
  for await (const page of reading.batches) {
    const rejected = page.entries.filter(
      (entry): entry is RejectedEntry => entry.kind === 'rejected',
    )
    await store.copyEntries(deps.pool, listId, page.entries)
    await store.copyRejections(deps.pool, listId, rejected)
    batches.push(...page.batches)
    counts.entries += page.entries.length
    counts.rejected += rejected.length
    source.onProgress?.(counts.entries)
  }
  counts.accepted = counts.entries - counts.rejected
  return { format: reading.format, counts, batches }
}

/** A leaked message that carries its time tells when the incident began, if that was earlier. */
async function moveIncidentBack(tx: Tx, incidentId: string, batches: readonly Batch[]) {
  const times = batches.flatMap(({ at }) => (at ? [at.getTime()] : []))
  if (times.length === 0) return
  const first = new Date(times.reduce((earliest, time) => Math.min(earliest, time)))
  await tx.incident.updateMany({
    where: { id: incidentId, occurredAt: { gt: first } },
    data: { occurredAt: first },
  })
}
