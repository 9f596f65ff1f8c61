import pg from 'pg'
import type { StaffRole } from '../../src/contract/acts.js'
import { takeList } from '../../src/exposures/service.js'
import { planWaiting } from '../../src/sweeps/planning/jobs.js'
import type { Browser, StaffServer } from './staff.js'
import { accounts, content, linesOf, risky, type World } from './world.js'

export type Scene = {
  server: StaffServer
  /** Asks for plans and starts them. */
  rosa: Browser
  another(role?: StaffRole): Promise<Browser>
}

/** A crowd at risk, four eyes on, and somebody who plans. Of 500 accounts more than five are a large plan. */
export async function openScene(server: StaffServer): Promise<Scene> {
  const crowd = Array.from({ length: 500 }, (_, index) => risky(`crowd-${index}`))
  await accounts(server.world, crowd)
  server.deps.fourEyes = true
  const rosa = await server.signedIn(['responder'])
  return { server, rosa, another: (role = 'approver') => server.signedIn([role]) }
}

export const crowdOf = (count: number) =>
  Array.from({ length: count }, (_, index) => `crowd-${index}`)

let incidents = 0

export async function anIncident({ server, rosa }: Scene, ids: readonly string[]): Promise<string> {
  incidents += 1
  const { body } = await rosa.ask('POST', '/v1/incidents', {
    title: `Incident ${incidents}`,
    occurredAt: new Date(Date.now() - 7_200_000).toISOString(),
    detectedAt: new Date(Date.now() - 3_600_000).toISOString(),
  })
  if (ids.length > 0) await takeList(server.world, body.id, content(linesOf(ids)), 'os:test')
  return body.id
}

/** Asks over the API for a plan of these accounts and lets a worker make it; its view. */
// biome-ignore lint/suspicious/noExplicitAny: answers are looked at field by field
export async function plannedBy(scene: Scene, ids: readonly string[], body?: object): Promise<any> {
  const incidentId = await anIncident(scene, ids)
  const asked = await scene.rosa.ask('POST', `/v1/incidents/${incidentId}/sweeps`, body)
  await planWaiting(scene.server.deps)
  return (await scene.rosa.ask('GET', `/v1/sweeps/${asked.body.id}`)).body
}

export const approval = ({ planDigest, resets }: { planDigest: string; resets: number }) => ({
  planDigest,
  expectedResets: resets,
})

/** No plan gets further than the step in which its actions are written, until let on. */
export async function holdWriting({ url }: World): Promise<() => Promise<void>> {
  const owner = new pg.Client({ connectionString: url })
  await owner.connect()
  await owner.query('BEGIN')
  await owner.query('LOCK TABLE action IN SHARE ROW EXCLUSIVE MODE')
  return () => owner.end()
}
