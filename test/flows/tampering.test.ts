import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import pg from 'pg'
import { checkpointSigner, writeCheckpoint } from '../../src/audit/checkpoint.js'
import { openCheckpoints } from '../../src/audit/checkpointing/service.js'
import { toExportLine } from '../../src/audit/export.js'
import { exportPages, recordAll } from '../../src/audit/service.js'
import { writeVerifierKey } from '../../src/audit/signed-note.js'
import { type Db, inTx } from '../../src/platform/db.js'
import { cordonHere } from '../support/cli-here.js'
import { copyTestDatabase, createTestDatabase } from '../support/database.js'
import { aFolder, type Ended } from '../support/processes.js'
import { sealEverything } from '../support/seal.js'

// Whoever owns the database can recompute the chain. What is shown here is shown from an export and
// the checkpoints alone, by a command that reaches no database.

type Copy = Awaited<ReturnType<typeof createTestDatabase>>

const folder = aFolder()
const checkpoints = join(folder.path, 'checkpoints')
const signer = checkpointSigner(new Uint8Array(32).fill(3))
const KEY = writeVerifierKey(signer)
let honest: Copy
let backup: Copy

const happened = async (copy: { db: Db }, ...subjects: string[]) => {
  for (const subject of subjects)
    await inTx(copy.db, (tx) =>
      recordAll(tx, [
        { kind: 'account.held', actor: 'cordon', subject: `account:${subject}`, detail: { n: 1 } },
      ]),
    )
  await sealEverything(copy)
}

beforeAll(async () => {
  honest = await createTestDatabase()
  const minute = (n: number) => new Date(Date.UTC(2026, 10, 24, 16, n))
  let minutes = 0
  const { write } = openCheckpoints({
    db: honest.db,
    now: () => minute(minutes),
    signer,
    folder: checkpoints,
  })
  await write()
  for (const subject of ['a', 'b', 'c', 'd', 'e']) {
    await happened(honest, subject)
    minutes += 1
    await write()
    if (subject === 'c') backup = await copyTestDatabase(honest.url)
  }
  await happened(honest, 'f', 'g')
})
afterAll(async () => {
  await honest.close()
  await backup.close()
  folder.remove()
})

async function exported(copy: { db: Db }): Promise<string> {
  const path = join(folder.path, `${Math.random()}.ndjson`)
  const lines: string[] = []
  for await (const page of exportPages(copy)) lines.push(...page.map(toExportLine))
  writeFileSync(path, lines.join(''))
  return path
}

/** A machine with an export, some checkpoints and a key, and nothing else of Cordon's. */
const elsewhere = (args: readonly string[]): Promise<Ended> =>
  cordonHere(args, {
    DATABASE_URL: 'postgres://nobody@127.0.0.1:1/none',
    CORDON_DATA_DIR: join(folder.path, 'elsewhere'),
  })
const verifying = (path: string, key = KEY, from = checkpoints) => [
  ...['audit', 'verify', path, '--checkpoints', from, '--key', key],
]

type Answer = {
  verified: number
  fault?: { problem: string }
  checkpoints: {
    total: number
    agreeing: number
    newest: { size: number }
    faults: { file: string; problem: string; size?: number; meaning: string }[]
  }
}
async function offline(path: string, key = KEY, from = checkpoints) {
  const { code, out, err } = await elsewhere([...verifying(path, key, from), '--json'])
  expect(err).toBe('')
  return { code, ...(JSON.parse(out) as Answer) }
}

/** A copy of the honest database, after its owner did this to it, with its checks switched off. */
async function tampered(statements: readonly string[]): Promise<Copy> {
  const copy = await copyTestDatabase(honest.url)
  const owner = new pg.Client({ connectionString: copy.url })
  await owner.connect()
  for (const statement of ['SET session_replication_role = replica', ...statements])
    await owner.query(statement)
  await owner.end()
  return copy
}

test('an honest record has every checkpoint as a prefix, also the one of its empty beginning', async () => {
  expect(await offline(await exported(honest))).toMatchObject({
    code: 0,
    verified: 7,
    checkpoints: { total: 6, agreeing: 6, newest: { size: 5 }, faults: [] },
  })
})

test('people read how much is proved, and from where on nothing is', async () => {
  const { code, out } = await elsewhere(verifying(await exported(honest)))
  expect(code).toBe(0)
  expect(out).toMatch(/7 events verify/)
  expect(out).toMatch(/6 of 6 checkpoints agree/)
  expect(out).toMatch(/newest 2026-11-24T16:05:00.000Z, 5 events/)
})

const slipIn = `INSERT INTO audit_event (tx, actor, kind, subject, detail)
  SELECT tx, actor, kind, 'account:x', detail FROM audit_event WHERE id = 2`
const EDIT = "UPDATE audit_event SET actor = 'os:eve' WHERE id = 3"
const RESEAL = 'DELETE FROM audit_seal'

type Case = [rule: string, problem: string, size: number, ...statements: string[]]
const NAIVE: Case[] = [
  ['edits an event', 'broken', 3, EDIT],
  [
    'deletes an event and its link',
    'broken',
    3,
    'DELETE FROM audit_event WHERE id = 3',
    'DELETE FROM audit_seal WHERE index = 2',
  ],
  [
    'exchanges two events',
    'broken',
    3,
    'ALTER TABLE audit_seal DROP CONSTRAINT audit_seal_event_id_key',
    'UPDATE audit_seal SET event_id = 7 - event_id WHERE event_id IN (3, 4)',
  ],
  [
    'inserts an event and its link',
    'broken',
    3,
    slipIn,
    'UPDATE audit_seal SET index = index + 100 WHERE index >= 2',
    'UPDATE audit_seal SET index = index - 99 WHERE index >= 100',
    "INSERT INTO audit_seal SELECT 2, max(id), sha256('x') FROM audit_event",
  ],
]
const RECOMPUTED: Case[] = [
  ['edits an event', 'rewritten', 3, EDIT],
  ['deletes an event', 'rewritten', 3, 'DELETE FROM audit_event WHERE id = 3'],
  [
    'exchanges two events',
    'rewritten',
    3,
    `UPDATE audit_event e SET tx = o.tx FROM audit_event o
     WHERE e.id IN (3, 4) AND o.id = 7 - e.id`,
  ],
  ['inserts an event', 'rewritten', 3, slipIn],
  ['cuts the end off', 'cut_off', 5, 'DELETE FROM audit_event WHERE id > 4'],
  ['edits the last event a checkpoint saw', 'rewritten', 5, EDIT.replace('3', '5')],
  [
    'writes a whole new history',
    'rewritten',
    1,
    `INSERT INTO audit_event (actor, kind, subject, detail)
     SELECT 'cordon', 'account.released', 'account:' || n, '{}' FROM generate_series(1, 9) n`,
    'DELETE FROM audit_event WHERE id <= 7',
  ],
]

const disagrees = (found: Answer & { code: number | null }, problem: string, size: number) => {
  expect(found.code).toBe(2)
  expect(found.checkpoints.faults).toMatchObject([{ problem, size }])
  expect(found.checkpoints.faults[0]?.file).toContain(`${String(size).padStart(15, '0')}-`)
  expect(found.checkpoints.agreeing).toBe(size)
}

describe('the owner of the database', () => {
  test.each(NAIVE)(
    'who %s is found out, chain and checkpoint',
    async (_rule, problem, size, ...sql) => {
      const copy = await tampered(sql)
      const found = await offline(await exported(copy))
      expect(found.fault).toBeDefined()
      disagrees(found, problem, size)
      await copy.close()
    },
  )

  test.each(RECOMPUTED)(
    'who %s and recomputes every link is found out by the checkpoints',
    async (_rule, problem, size, ...sql) => {
      const copy = await tampered([...sql, RESEAL])
      await sealEverything(copy)
      const found = await offline(await exported(copy))
      expect(found.fault).toBeUndefined()
      disagrees(found, problem, size)
      await copy.close()
    },
  )

  test('who cuts off the last events with their links is found out', async () => {
    const copy = await tampered([
      'DELETE FROM audit_event WHERE id > 4',
      'DELETE FROM audit_seal WHERE index > 3',
    ])
    const found = await offline(await exported(copy))
    expect(found.fault).toBeUndefined()
    disagrees(found, 'cut_off', 5)
    await copy.close()
  })

  test('who restores an old backup is found out, before and after the record goes on', async () => {
    disagrees(await offline(await exported(backup)), 'cut_off', 4)
    await happened(backup, 'other', 'things', 'happened')
    disagrees(await offline(await exported(backup)), 'rewritten', 4)
  })

  test('who only resealed an untouched record changed nothing', async () => {
    const copy = await tampered([RESEAL])
    await sealEverything(copy)
    expect((await offline(await exported(copy))).code).toBe(0)
    await copy.close()
  })

  test('who slips an event in without a link put nothing into the record', async () => {
    const copy = await tampered([slipIn])
    expect(readFileSync(await exported(copy), 'utf8')).not.toContain('account:x')
    await copy.close()
  })
})

describe('somebody with the folder of checkpoints', () => {
  const names = () => readdirSync(checkpoints).sort()
  const copied = (change: (name: string, note: string) => string) => {
    const into = join(folder.path, `${Math.random()}`)
    mkdirSync(into)
    for (const name of names())
      writeFileSync(join(into, name), change(name, readFileSync(join(checkpoints, name), 'utf8')))
    return into
  }
  const faultsOf = async (from: string, key = KEY) => {
    const { code, checkpoints: found } = await offline(await exported(honest), key, from)
    expect(code).toBe(2)
    return found.faults
  }

  test('who changes one is found out', async () => {
    const changed = copied((name, note) =>
      name === names()[2] ? note.replace('\n2\n', '\n3\n') : note,
    )
    expect(await faultsOf(changed)).toMatchObject([
      { file: names()[2], problem: 'signature_wrong' },
    ])
  })

  test('who cuts one short is found out', async () => {
    const cut = copied((name, note) => (name === names()[2] ? note.slice(0, 60) : note))
    expect(await faultsOf(cut)).toMatchObject([{ file: names()[2], problem: 'malformed' }])
  })

  test('who signs another history with a key of his own is found out', async () => {
    const stranger = checkpointSigner(new Uint8Array(32).fill(4))
    const note = writeCheckpoint({ size: 3, hash: new Uint8Array(32), at: new Date() }, stranger)
    const forged = copied((name, own) => (name === names()[3] ? note : own))
    expect(await faultsOf(forged)).toMatchObject([{ file: names()[3], problem: 'unknown_key' }])
  })

  test('who holds the key, too, and contradicts an earlier checkpoint is found out', async () => {
    const twice = copied((_name, note) => note)
    const at = new Date('2026-11-24T17:00:00Z')
    const note = writeCheckpoint({ size: 4, hash: new Uint8Array(32), at }, signer)
    writeFileSync(join(twice, 'z.checkpoint'), note)
    expect(await faultsOf(twice)).toMatchObject([{ file: 'z.checkpoint', problem: 'rewritten' }])
  })

  test('who takes all of them away proves nothing: that is refused, not passed', async () => {
    const empty = join(folder.path, 'empty')
    mkdirSync(empty)
    for (const from of [empty, join(folder.path, 'nowhere')]) {
      const { code, err } = await elsewhere(verifying(await exported(honest), KEY, from))
      expect([code, err]).toEqual([2, expect.stringContaining(from)])
    }
  })
})

describe('the command', () => {
  test('takes folders of several machines, and a file with the keys of all of them', async () => {
    const several = join(folder.path, 'several')
    mkdirSync(join(several, 'two'), { recursive: true })
    const other = checkpointSigner(new Uint8Array(32).fill(9))
    const keys = join(folder.path, 'keys')
    writeFileSync(keys, `# this year\n${KEY}\n\n${writeVerifierKey(other)}\n`)
    await openCheckpoints({
      db: honest.db,
      now: () => new Date('2026-11-24T18:00:00Z'),
      signer: other,
      folder: join(several, 'two'),
    }).write()
    const [first = ''] = readdirSync(checkpoints)
    writeFileSync(join(several, first), readFileSync(join(checkpoints, first)))
    writeFileSync(join(several, '.draft.checkpoint'), 'half a no')
    expect(await offline(await exported(honest), keys, several)).toMatchObject({
      code: 0,
      checkpoints: { total: 2, agreeing: 2, newest: { size: 7 } },
    })
  })

  test('prints the key of this installation, without a database', async () => {
    const { code, out } = await elsewhere(['audit', 'key'])
    expect(code).toBe(0)
    expect(out).toMatch(/^cordon-audit-chain\/[0-9a-f]{16}\+[0-9a-f]{8}\+[\w+/]{44}\n$/)
    expect((await elsewhere(['audit', 'key', '--json'])).out).toBe(`{"key":"${out.trim()}"}\n`)
  })

  test.each([
    ['checkpoints without a key', ['--checkpoints', checkpoints]],
    ['a key without checkpoints', ['--key', KEY]],
    ['a key that is none', ['--checkpoints', checkpoints, '--key', 'key']],
    ['a folder as the key', ['--checkpoints', checkpoints, '--key', checkpoints]],
  ])('refuses %s', async (_rule, options) => {
    const { code, err } = await elsewhere(['audit', 'verify', 'x.ndjson', ...options])
    expect([code, err]).toEqual([2, expect.stringContaining('cordon audit key')])
  })
})
