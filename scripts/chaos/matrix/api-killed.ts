import { generateSync } from 'otplib'
import { claimCase, openAll } from '../../../src/cases/service.js'
import { inTx } from '../../../src/platform/db.js'
import { enrol, invite, readInvitation } from '../../../src/staff/people/service.js'
import { getSweep } from '../../../src/sweeps/control/service.js'
import { startWire, type Wire } from '../wire.js'
import { startWorker } from '../worker.js'
import { type Answer, type Api, ask, startApi } from './api.js'
import { type Ground, openGround, requestAnother, targetOf } from './ground.js'
import { type Found, type Scenario, type Terms, together } from './scenario.js'
import { until } from './until.js'
import { watchWork } from './work.js'

/** More than any of these acts asks statements. */
const MOST = 40

/** One thing that a person or a machine asks for, each time about something else. */
type Act = {
  name: string
  /** What makes something takes an `Idempotency-Key`; the rest is told 409 when it is done already. */
  makes: boolean
  /** Makes what the n-th request is about, and says how to ask. */
  prepare(scene: Scene, no: number): Promise<Asked>
}

type Asked = {
  path: string
  body: object
  /** How often it was done, and how often the record says so. */
  counts(): Promise<{ done: number; told: number }>
}

type Scene = {
  ground: Ground
  reviewer: string
  headers: Record<string, string>
  caseIds: readonly string[]
}

const ACTS: readonly Act[] = [
  {
    name: 'accept',
    makes: true,
    async prepare({ ground }, no) {
      const at = new Date(Date.now() - 3_600_000).toISOString()
      const title = `accept ${no}`
      return {
        path: '/v1/incidents',
        body: { title, occurredAt: at, detectedAt: at },
        counts: () =>
          count(
            ground,
            `SELECT count(*)::int AS done, coalesce(sum((SELECT count(*) FROM audit_event e
               WHERE e.kind = 'incident.opened' AND e.subject = 'incident:' || i.id)), 0)::int AS told
             FROM incident i WHERE title = $1`,
            title,
          ),
      }
    },
  },
  {
    name: 'approve',
    makes: false,
    async prepare({ ground }) {
      const { id } = await requestAnother(ground.app)
      await until('a plan', async () => (await getSweep(ground.app.db, id)).status === 'planned')
      const { planDigest, resets } = await getSweep(ground.app.db, id)
      return {
        path: `/v1/sweeps/${id}/approval`,
        body: { planDigest, expectedResets: resets ?? 0 },
        counts: () =>
          count(
            ground,
            `SELECT (SELECT count(*)::int FROM approval WHERE sweep_id = $1) AS done,
               (SELECT count(*)::int FROM audit_event
                WHERE kind = 'sweep.approved' AND subject = 'sweep:' || $1) AS told`,
            id,
          ),
      }
    },
  },
  {
    name: 'decide',
    makes: false,
    async prepare({ ground, caseIds, reviewer }, no) {
      const id = caseIds[no] as string
      const { fence } = await claimCase(ground.app, id, reviewer)
      return {
        path: `/v1/cases/${id}/decision`,
        body: { fence, decision: 'reset', reason: 'attack_succeeded' },
        counts: () =>
          count(
            ground,
            `SELECT (SELECT count(*)::int FROM reset r JOIN review_case c ON c.account_no = r.account_no
                WHERE c.id = $1) AS done,
               (SELECT count(*)::int FROM audit_event
                WHERE kind = 'case.decided' AND subject = 'case:' || $1) AS told`,
            id,
          ),
      }
    },
  },
]

export const apiKilled: Scenario = {
  name: 'api-killed',
  fault:
    'SIGKILL of the API when the n-th statement of an act has been forwarded, its COMMIT too, for every n',
  proof: 'the n-th statement passed, the API died by SIGKILL, and its client got no answer',
  holds:
    'the client asks another API again, with its key where there is one, and the act is done once, with one audit row',
  async play({ isShort }: Terms) {
    const acts = isShort ? ACTS.slice(0, 1) : ACTS
    const ground = await openGround({ accounts: MOST })
    const planner = await startWorker(ground.env)
    try {
      const ann = await enrolled(ground)
      const caseIds = await openCases(ground)
      const found: Found[] = []
      for (const act of acts) {
        const scene = { ground, caseIds, ...(await signIn(ground, ann)) }
        found.push(await killAtEach(act, scene))
      }
      return together(found, found.map(({ note }) => note).join(', '))
    } finally {
      await planner.kill()
      await ground.close()
    }
  },
}

async function killAtEach(act: Act, scene: Scene): Promise<Found> {
  const { statements, idle } = await undisturbed(act, scene)
  const runs: Found[] = []
  for (let no = 1; no <= statements; no += 1) runs.push(await killedAt(no, { act, scene, idle }))
  return together(runs, `${act.name}: ${statements} statements`)
}

/** How many statements the act asks for, beside what an API and its keys ask for anyway. */
async function undisturbed(act: Act, scene: Scene) {
  const idle = new Set<string>()
  const work = watchWork(idle)
  return behindWire(scene.ground, async (wire, api) => {
    wire.watch(work.see)
    await ask(`${api.staff}/v1/incidents`, { method: 'GET', headers: scene.headers })
    const asked = await act.prepare(scene, 0)
    work.begin()
    const answer = await send(api, asked, { headers: scene.headers, no: 0 })
    const wrong = await wrongOf(act, asked, answer)
    if (wrong.length > 0) throw new Error(`${act.name}, undisturbed: ${wrong.join('; ')}`)
    return { statements: work.statements.length, idle }
  })
}

type Killing = { act: Act; scene: Scene; idle: Set<string> }

async function killedAt(no: number, { act, scene, idle }: Killing): Promise<Found> {
  const { ground, headers } = scene
  const asked = await act.prepare(scene, no)
  let at = 'never'
  const { first, signal } = await behindWire(ground, async (wire, api) => {
    let killed: Promise<NodeJS.Signals | null> | undefined
    const work = watchWork(idle, (reached, text) => {
      if (reached === no) at = text
      if (reached === no) killed = api.kill()
      return undefined
    })
    wire.watch(work.see)
    work.begin()
    return { first: await send(api, asked, { headers, no }), signal: await killed }
  })
  const again = await behindWire(ground, (_wire, api) => send(api, asked, { headers, no }))
  const wrong = await wrongOf(act, asked, again)
  const told = `${act.name}, killed after ${no} (${at.replace(/\s+/g, ' ').trim().slice(0, 60)})`
  return {
    runs: 1,
    landed: signal === 'SIGKILL' && first === undefined ? 1 : 0,
    wrong: wrong.map((what) => `${told}: ${what}`),
  }
}

async function behindWire<T>(
  ground: Ground,
  act: (wire: Wire, api: Api) => Promise<T>,
): Promise<T> {
  const wire = await startWire(targetOf(ground))
  const api = await startApi(ground.through(wire))
  try {
    return await act(wire, api)
  } finally {
    await api.kill()
    await wire.close()
  }
}

type Sending = { headers: Record<string, string>; no: number }

const send = (api: Api, { path, body }: Asked, { headers, no }: Sending) =>
  ask(`${api.staff}${path}`, {
    body,
    headers: { ...headers, 'idempotency-key': `${path}-${no}` },
  })

async function wrongOf(
  { makes }: Act,
  { counts }: Asked,
  answer: Answer | undefined,
): Promise<string[]> {
  const { done, told } = await counts()
  const isAnswered = answer && (answer.status < 300 || (!makes && answer.status === 409))
  return [
    ...(done === 1 ? [] : [`done ${done} times`]),
    ...(told === 1 ? [] : [`${told} audit rows`]),
    ...(isAnswered ? [] : [`answered ${answer?.status} ${JSON.stringify(answer?.body)}`]),
  ]
}

async function count({ app }: Ground, sql: string, about: string) {
  const [row] = await app.db.$queryRawUnsafe<[{ done: number; told: number }]>(sql, about)
  return row
}

const PASSWORD = 'correct horse battery staple'

type Enrolled = { id: string; email: string; secret: string }

/** Somebody who may do all of it. */
async function enrolled({ app }: Ground): Promise<Enrolled> {
  const person = {
    name: 'Ann',
    roles: ['responder', 'approver', 'reviewer'] as const,
    actor: 'os:chaos',
  }
  const email = 'ann@cordon.example'
  const { id, token } = await inTx(app.db, (tx) => invite(tx, app.cipher, { ...person, email }))
  const { secret } = await readInvitation(app, token)
  await enrol(app, { token, password: PASSWORD, code: generateSync({ secret }) })
  return { id, email, secret }
}

/** For each act anew: a second factor that was shown is good for minutes only. */
async function signIn(
  ground: Ground,
  { id, email, secret }: Enrolled,
): Promise<Pick<Scene, 'headers' | 'reviewer'>> {
  await ground.app.db.$executeRaw`UPDATE staff SET totp_last_step = -1 WHERE id = ${id}`
  return behindWire(ground, async (_wire, api) => {
    const body = { email, password: PASSWORD, totp: generateSync({ secret }) }
    const answer = await ask(`${api.staff}/v1/session`, { body })
    const cookie = answer?.headers.get('set-cookie')?.split(';')[0]
    if (!cookie) throw new Error(`Nobody signed in: ${JSON.stringify(answer?.body)}`)
    return { headers: { cookie }, reviewer: `staff:${id}` }
  })
}

async function openCases({ app }: Ground): Promise<string[]> {
  const accounts = await app.db.account.findMany({ take: MOST, select: { no: true } })
  const cases = accounts.map(({ no }) => ({
    ...{ accountNo: no, sweepId: null, tier: 'attacked', priority: 'high' as const },
    ...{ score: 70, because: ['hostile_logins'] },
  }))
  await inTx(app.db, (tx) => openAll(tx, cases, 'cordon'))
  return (await app.db.reviewCase.findMany({ select: { id: true } })).map(({ id }) => id)
}
