import { addKey } from '../../../src/staff/keys/service.js'
import { seeded } from '../random.js'
import { startWire } from '../wire.js'
import { startWorker } from '../worker.js'
import { ask, startApi } from './api.js'
import { calmRun } from './calm.js'
import { judge, letRun, openGround, request, targetOf, untilOver } from './ground.js'
import { type Found, inLanes, type Scenario, type Terms, together } from './scenario.js'
import { watchWork } from './work.js'

const ACCOUNTS = { full: 40, short: 8 }
/** Of the commits that matter, how many lose their answer. */
const SHARE = 0.25
const PROOF = 'the server said COMMIT, and the connection was cut before its client heard it'

/** The worker cannot know whether its transaction is there. */
export const workerCommitLost: Scenario = {
  name: 'commit-lost-worker',
  fault: 'the answer to one COMMIT in four of a worker is lost, with the connection',
  proof: PROOF,
  holds: 'the worker goes on by itself, and the final state is that of an undisturbed run',
  async play({ seed, isShort }: Terms) {
    const runs = Array.from({ length: isShort ? 1 : 8 }, (_, no) => () => lose(seed + no, isShort))
    return together(await inLanes(runs, 2))
  },
}

async function lose(seed: number, isShort: boolean): Promise<Found> {
  const accounts = isShort ? ACCOUNTS.short : ACCOUNTS.full
  const calm = await calmRun(accounts, isShort)
  const ground = await openGround({ accounts })
  const wire = await startWire(targetOf(ground))
  const random = seeded(seed)
  const work = watchWork(calm.idle, (_no, _text, isCommit) =>
    isCommit && random() < SHARE ? 'answer_lost' : undefined,
  )
  wire.watch(work.see)
  const worker = await startWorker(ground.through(wire))
  try {
    work.begin()
    const sweepId = await request(ground.app)
    await letRun(ground.app, sweepId)
    await untilOver(ground.app, sweepId)
    const wrong = await judge(ground, sweepId, calm.state)
    const landed = wire.lost.includes('COMMIT') ? 1 : 0
    return { runs: 1, landed, wrong: wrong.map((what) => `seed ${seed}: ${what}`) }
  } finally {
    await worker.kill()
    await wire.close()
    await ground.close()
  }
}

const POSTS = 60

/** The client gets an error for what is done, and asks again with the same Idempotency-Key. */
export const apiCommitLost: Scenario = {
  name: 'commit-lost-api',
  fault: 'the answer to one COMMIT in two of the API is lost; its client asks again with its key',
  proof: PROOF,
  holds: 'each Idempotency-Key made one thing, with one audit row; errors are 503 with Retry-After',
  async play({ seed, isShort }: Terms) {
    return postAgain(seed, isShort ? POSTS / 4 : POSTS)
  },
}

async function postAgain(seed: number, posts: number): Promise<Found> {
  const ground = await openGround({ accounts: 1 })
  const wire = await startWire(targetOf(ground))
  const random = seeded(seed)
  let isArmed = false
  wire.watch(({ text }) =>
    isArmed && text === 'COMMIT' && random() < 0.5 ? 'answer_lost' : 'answered',
  )
  const api = await startApi(ground.through(wire))
  try {
    const { key } = await addKey(ground.app, { role: 'automation', name: 'm', actor: 'os:chaos' })
    isArmed = true
    const wrong: string[] = []
    for (let no = 0; no < posts; no += 1)
      wrong.push(...(await postUntilMade(`${api.staff}/v1/incidents`, { key, no })))
    const made = await ground.app.db.$queryRaw<{ title: string; made: number; told: number }[]>`
      SELECT title, count(*)::int AS made, sum((SELECT count(*) FROM audit_event e
        WHERE e.kind = 'incident.opened' AND e.subject = 'incident:' || i.id))::int AS told
      FROM incident i WHERE title LIKE 'post %' GROUP BY title`
    if (made.length !== posts) wrong.push(`${made.length} incidents of ${posts} keys`)
    for (const each of made)
      if (each.made !== 1 || each.told !== 1) wrong.push(`not once: ${JSON.stringify(each)}`)
    const lost = wire.lost.filter((tag) => tag === 'COMMIT').length
    return { runs: 1, landed: lost > 0 ? 1 : 0, wrong, note: `${lost} answers lost` }
  } finally {
    await api.kill()
    await wire.close()
    await ground.close()
  }
}

const TRIES = 20

async function postUntilMade(
  url: string,
  { key, no }: { key: string; no: number },
): Promise<string[]> {
  const at = new Date(Date.now() - 3_600_000).toISOString()
  const body = { title: `post ${no}`, occurredAt: at, detectedAt: at }
  const headers = { authorization: `Bearer ${key}`, 'idempotency-key': `post-${no}` }
  const wrong: string[] = []
  for (let attempt = 0; attempt < TRIES; attempt += 1) {
    const answer = await ask(url, { body, headers })
    if (answer?.status === 201) return wrong
    if (answer?.status !== 503 || !answer.headers.get('retry-after'))
      wrong.push(`post ${no}: ${answer?.status} ${JSON.stringify(answer?.body)}`)
  }
  return [...wrong, `post ${no}: never made`]
}
