import { setTimeout as pause } from 'node:timers/promises'
import { parseExportLine, toExportLine } from '../../src/audit/export.js'
import {
  exportPages,
  followPages,
  record,
  recordAll,
  sealEvents,
  sealEverything,
  type Verification,
  verifyAudit,
} from '../../src/audit/service.js'
import { inTx } from '../../src/platform/db.js'
import { createTestDatabase } from '../support/database.js'
import { sealEverything as sealAllOf } from '../support/seal.js'
import { aWorld, type World } from '../support/world.js'

let world: World
const open = async () => {
  world = await aWorld(20)
}
const close = () => world.close()

const event = (subject: string) => ({
  kind: 'account.held' as const,
  actor: 'cordon',
  subject: `account:${subject}`,
  detail: { sweep: 'swp_1', reason: 'naïve “quotes” \u2028 ☃', count: 3 },
})
const happened = (...subjects: string[]) =>
  inTx(world.db, (tx) => recordAll(tx, subjects.map(event)))

class RolledBack extends Error {}

/** What verification says after somebody with the keys to the database, who even switches its checks off. */
async function verifyAfter(statements: readonly string[]): Promise<Verification> {
  let seen: Verification | undefined
  const tampering = inTx(world.db, async (tx) => {
    for (const statement of [
      'SET LOCAL ROLE NONE',
      'SET LOCAL session_replication_role = replica',
      ...statements,
    ])
      await tx.$executeRawUnsafe(statement)
    seen = await verifyAudit({ db: tx as World['db'] })
    throw new RolledBack()
  })
  await expect(tampering).rejects.toBeInstanceOf(RolledBack)
  return seen!
}

const sealAll = () => sealAllOf(world)

const subjects = async () => {
  const found: string[] = []
  for await (const page of exportPages(world))
    found.push(...page.map(({ event: { subject } }) => subject.replace('account:', '')))
  return found
}

describe('the record', () => {
  beforeEach(open)
  afterEach(close)

  test('what was recorded verifies, in the order in which it was committed', async () => {
    await happened('a', 'b')
    await happened('c')
    expect(await sealAll()).toBe(3)
    expect(await verifyAudit(world)).toEqual({
      verified: 3,
      waiting: 0,
      head: expect.stringMatching(/^[0-9a-f]{64}$/),
    })
    expect(await subjects()).toEqual(['a', 'b', 'c'])
    expect(await sealEvents(world)).toBe(0)
  })

  test('a change that is rolled back leaves no row', async () => {
    await expect(
      inTx(world.db, async (tx) => {
        await record(tx, event('never'))
        throw new Error('rolled back')
      }),
    ).rejects.toThrow('rolled back')
    expect(await world.db.auditEvent.count()).toBe(0)
  })

  test('an event that is not sealed yet is waiting, not wrong', async () => {
    await happened('a')
    await sealAll()
    await happened('b', 'c')
    const seen = await verifyAudit(world)
    expect(seen).toMatchObject({ verified: 1, waiting: 2 })
    expect(seen.fault).toBeUndefined()
  })

  test('an empty record verifies', async () => {
    expect(await verifyAudit(world)).toMatchObject({ verified: 0, waiting: 0 })
  })
})

describe('somebody with the keys to the database', () => {
  beforeAll(async () => {
    await open()
    for (const subject of ['a', 'b', 'c', 'd', 'e']) await happened(subject)
    await sealAll()
  })
  afterAll(close)

  const free = (column: string) => `ALTER TABLE audit_seal DROP CONSTRAINT audit_seal_${column}`
  const slipIn = `INSERT INTO audit_event (tx, actor, kind, subject, detail)
    SELECT tx, actor, kind, 'account:x', detail FROM audit_event WHERE id = 1`

  test.each<[rule: string, index: number, problem: string, ...statements: string[]]>([
    ['edits an actor', 2, 'altered', "UPDATE audit_event SET actor = 'os:eve' WHERE id = 3"],
    [
      'edits a detail',
      2,
      'altered',
      `UPDATE audit_event SET detail = detail || '{"count": 4}' WHERE id = 3`,
    ],
    [
      'edits a time by a microsecond',
      2,
      'altered',
      "UPDATE audit_event SET at = at + interval '1 microsecond' WHERE id = 3",
    ],
    ['deletes an event', 2, 'gap', 'DELETE FROM audit_event WHERE id = 3'],
    [
      'deletes an event with its link',
      2,
      'gap',
      'DELETE FROM audit_event WHERE id = 3',
      'DELETE FROM audit_seal WHERE index = 2',
    ],
    [
      'deletes an event with its link and closes the gap',
      2,
      'altered',
      'DELETE FROM audit_event WHERE id = 3',
      'DELETE FROM audit_seal WHERE index = 2',
      'UPDATE audit_seal SET index = 2 WHERE index = 3',
      'UPDATE audit_seal SET index = 3 WHERE index = 4',
    ],
    [
      'exchanges two events',
      2,
      'altered',
      free('event_id_key'),
      'UPDATE audit_seal SET event_id = 7 - event_id WHERE event_id IN (3, 4)',
    ],
    ['slips an event in where the chain has passed', 5, 'inserted', slipIn],
    [
      'takes the last event away and leaves its link',
      4,
      'gap',
      'DELETE FROM audit_event WHERE id = 5',
    ],
    [
      'forges the last link',
      4,
      'altered',
      "UPDATE audit_seal SET hash = sha256('x') WHERE index = 4",
    ],
  ])('who %s is found out', async (_rule, index, problem, ...statements) => {
    expect((await verifyAfter(statements)).fault).toMatchObject({ index, problem })
  })

  test('who takes the last event with its link is found out by an export taken before', async () => {
    const before = await verifyAudit(world)
    const after = await verifyAfter([
      'DELETE FROM audit_event WHERE id = 5',
      'DELETE FROM audit_seal WHERE index = 4',
    ])
    expect(after.verified).toBeLessThan(before.verified)
    expect(after.head).not.toBe(before.head)
  })

  test('an export verifies without the database, and one changed byte in it does not', async () => {
    const lines: string[] = []
    for await (const page of exportPages(world)) lines.push(...page.map(toExportLine))
    const read = async function* (text: readonly string[]) {
      yield text.map(parseExportLine)
    }
    expect(await followPages(read(lines))).toMatchObject({
      verified: 5,
      head: (await verifyAudit(world)).head,
    })
    const forged = lines.map((line, index) =>
      index === 3 ? line.replace('account:d', 'account:D') : line,
    )
    expect((await followPages(read(forged))).fault).toEqual({ index: 3, problem: 'altered' })
    expect((await followPages(read(lines.slice(1)))).fault).toEqual({ index: 0, problem: 'gap' })
  })
})

describe('Cordon’s own database role', () => {
  beforeAll(open)
  afterAll(close)

  const WRITTEN_ONCE = [
    'audit_event',
    'audit_seal',
    'action',
    'verdict',
    'outcome',
    'approval',
    'policy',
  ]

  test.each(
    WRITTEN_ONCE.flatMap(
      (table) =>
        [
          [
            `change ${table}`,
            `UPDATE ${table} SET ${table === 'audit_event' ? 'actor = actor' : table === 'audit_seal' ? 'hash = hash' : table === 'policy' ? 'body = body' : 'sweep_id = sweep_id'}`,
          ],
          [`delete from ${table}`, `DELETE FROM ${table}`],
          [`empty ${table}`, `TRUNCATE ${table}`],
          [`drop ${table}`, `DROP TABLE ${table}`],
        ] as const,
    ),
  )('may not %s', async (_rule, statement) => {
    await expect(world.pool.query(statement)).rejects.toMatchObject({
      message: expect.stringMatching(/permission denied|must be owner/),
    })
  })

  test('may not switch checks off', async () => {
    for (const statement of [
      'ALTER TABLE audit_event DISABLE TRIGGER ALL',
      'SET session_replication_role = replica',
    ])
      await expect(world.pool.query(statement)).rejects.toMatchObject({
        message: expect.stringMatching(/permission denied|must be owner/),
      })
  })
})

describe('sealing', () => {
  beforeEach(open)
  afterEach(close)

  test('an event of a transaction that is still open is not passed by later ones: the order stays', async () => {
    let commit: () => void = () => undefined
    const committed = new Promise<void>((resolve) => {
      commit = resolve
    })
    let isOpen: () => void = () => undefined
    const opened = new Promise<void>((resolve) => {
      isOpen = resolve
    })
    const slow = inTx(world.db, async (tx) => {
      await record(tx, event('slow'))
      isOpen()
      await committed
    })
    await opened
    await happened('quick-1')
    await happened('quick-2')
    expect(await sealEverything(world, { forMs: 0 })).toEqual({ sealed: 0, isComplete: false })
    expect((await verifyAudit(world)).fault).toBeUndefined()
    const waiting = sealAll()
    commit()
    await slow
    expect(await waiting).toBe(3)
    expect(await subjects()).toEqual(['slow', 'quick-1', 'quick-2'])
    expect(await verifyAudit(world)).toMatchObject({ verified: 3, waiting: 0 })
  })

  test('a transaction of another database on the same server holds nothing up, one of this does', async () => {
    const elsewhere = await createTestDatabase(1)
    const holding = async (pool: World['pool']) => {
      const client = await pool.connect()
      await client.query('BEGIN')
      await client.query('SELECT pg_current_xact_id()')
      return async () => {
        await client.query('ROLLBACK')
        client.release()
      }
    }
    const leave = await holding(elsewhere.pool)
    await happened('a')
    expect(await sealEvents(world)).toBe(1)
    const leaveThis = await holding(world.pool)
    await happened('b')
    expect(await sealEvents(world)).toBe(0)
    await leaveThis()
    expect(await sealEvents(world)).toBe(1)
    await leave()
    await elsewhere.close()
  })

  test('many sealers at once make one chain without gap or fork', async () => {
    for (let round = 0; round < 5; round += 1) {
      await Promise.all(Array.from({ length: 10 }, (_, index) => happened(`r${round}-${index}`)))
      await Promise.all(Array.from({ length: 5 }, () => sealEvents(world)))
    }
    await sealAll()
    expect(await verifyAudit(world)).toMatchObject({ verified: 50, waiting: 0 })
  })

  test('writers, sealers and verifiers may all work at the same time', async () => {
    let isDone = false
    const faults: unknown[] = []
    const writers = Array.from({ length: 4 }, async (_each, writer) => {
      for (let index = 0; index < 25; index += 1) await happened(`w${writer}-${index}`)
    })
    const sealer = (async () => {
      while (!isDone) await sealEvents(world)
    })()
    const verifier = (async () => {
      while (!isDone) {
        const { fault } = await verifyAudit(world)
        if (fault) faults.push(fault)
        await pause(5)
      }
    })()
    await Promise.all(writers)
    isDone = true
    await Promise.all([sealer, verifier])
    await sealAll()
    expect(faults).toEqual([])
    expect((await verifyAudit(world)).verified).toBe(100)
    expect(new Set(await subjects()).size).toBe(100)
  })

  test('more events than one page are sealed and verified', async () => {
    const many = Array.from({ length: 10_001 }, (_, index) => event(String(index)))
    await inTx(world.db, (tx) => recordAll(tx, many))
    expect(await sealAll()).toBe(10_001)
    expect((await verifyAudit(world)).verified).toBe(10_001)
  })
})
