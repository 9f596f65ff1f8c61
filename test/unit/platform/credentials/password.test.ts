import { setTimeout as pause } from 'node:timers/promises'
import { hash as argon2Hash } from 'argon2'
import {
  createGate,
  hashPassword,
  needsRehash,
  verifyPassword,
} from '../../../../src/platform/credentials/password.js'

test('a password belongs to its own hash only', async () => {
  const hash = await hashPassword('old violin paper crane')
  expect(hash).toMatch(/^\$argon2id\$v=19\$m=19456,(t=2,p=1|p=1,t=2)\$/)
  expect(await verifyPassword(hash, 'old violin paper crane')).toBe(true)
  expect(await verifyPassword(hash, 'Old violin paper crane')).toBe(false)
  expect(await verifyPassword(hash, `old violin paper crane${'\0'}`)).toBe(false)
})

test('composed and decomposed letters are one password', async () => {
  const hash = await hashPassword('caf\u00e9 noisette')
  expect(await verifyPassword(hash, 'cafe\u0301 noisette')).toBe(true)
})

test('nobody’s hash fits no password, not even its own', async () => {
  expect(await verifyPassword(null, 'correct horse: no account has this password')).toBe(false)
})

// Asked in turn, and the quickest of each compared: the rest of the machine only ever adds time.
test('a stranger’s password takes as long as an account holder’s', async () => {
  const hash = await hashPassword('old violin paper crane')
  const timeOf = async (stored: string | null) => {
    const startedAt = performance.now()
    await verifyPassword(stored, 'wrong')
    return performance.now() - startedAt
  }
  let [known, unknown] = [Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY]
  for (let round = 0; round < 25; round += 1) {
    known = Math.min(known, await timeOf(hash))
    unknown = Math.min(unknown, await timeOf(null))
  }
  expect(unknown / known).toBeGreaterThan(0.6)
  expect(unknown / known).toBeLessThan(1.7)
})

test('hashes of other parameters are due for a new one', async () => {
  expect(needsRehash(await hashPassword('x'))).toBe(false)
  expect(
    needsRehash(await argon2Hash('x', { memoryCost: 8_192, timeCost: 2, parallelism: 1 })),
  ).toBe(true)
})

test('the gate runs a few at once, lets some wait in order, and sheds the rest', async () => {
  const gate = createGate({ concurrency: 2, waiting: 3, lateMs: 60_000 })
  const order: number[] = []
  let [running, most] = [0, 0]
  const work = (index: number) => () =>
    pause(5).then(() => {
      order.push(index)
    })
  const tracked = (index: number) =>
    gate(async () => {
      running += 1
      most = Math.max(most, running)
      await work(index)()
      running -= 1
    })
  const results = await Promise.allSettled(Array.from({ length: 8 }, (_, index) => tracked(index)))
  expect(results.map(({ status }) => status)).toEqual([
    ...Array(5).fill('fulfilled'),
    ...Array(3).fill('rejected'),
  ])
  expect(results[7]).toMatchObject({ reason: { code: 'throttled' } })
  expect(most).toBe(2)
  expect(order).toEqual([0, 1, 2, 3, 4])
  await expect(gate(() => Promise.reject(new Error('once')))).rejects.toThrow('once')
  await expect(gate(() => Promise.resolve('free again'))).resolves.toBe('free again')
})

test('a gate says beforehand that nobody more may wait, and again when somebody may', async () => {
  const gate = createGate({ concurrency: 1, waiting: 1, lateMs: 60_000 })
  let open: () => void = () => undefined
  const shut = new Promise<void>((resolve) => {
    open = resolve
  })
  const first = gate(() => shut)
  expect(() => gate.refuseFull()).not.toThrow()
  const second = gate(() => shut)
  expect(() => gate.refuseFull()).toThrow('Too many passwords')
  open()
  await Promise.all([first, second])
  expect(() => gate.refuseFull()).not.toThrow()
})

test('a gate lets nobody more wait while somebody has waited too long', async () => {
  const gate = createGate({ concurrency: 1, waiting: 100, lateMs: 20 })
  let open: () => void = () => undefined
  const shut = new Promise<void>((resolve) => {
    open = resolve
  })
  const both = [gate(() => shut), gate(() => shut)]
  expect(() => gate.refuseFull()).not.toThrow()
  await pause(25)
  expect(() => gate.refuseFull()).toThrow('Too many passwords')
  open()
  await Promise.all(both)
  expect(() => gate.refuseFull()).not.toThrow()
})

test('who wants in in time is refused when their turn comes too late, and others are not', async () => {
  const gate = createGate({ concurrency: 1, waiting: 100, lateMs: 20 })
  let open: () => void = () => undefined
  const shut = new Promise<void>((resolve) => {
    open = resolve
  })
  let entered = 0
  const work = () => {
    entered += 1
    return shut
  }
  const all = Promise.allSettled([gate(work), gate.inTime(work), gate(work), gate.inTime(work)])
  await pause(25)
  open()
  const late = { status: 'rejected', reason: expect.objectContaining({ code: 'throttled' }) }
  const done = expect.objectContaining({ status: 'fulfilled' })
  expect(await all).toEqual([done, late, done, late])
  expect(entered).toBe(2)
  await expect(gate(() => Promise.resolve('free again'))).resolves.toBe('free again')
})

test('a gate lets in what is owed, however many wait and however long', async () => {
  const gate = createGate({ concurrency: 1, waiting: 1, lateMs: 0 })
  const first = gate(() => pause(5))
  const second = gate(() => Promise.resolve('second'))
  expect(() => gate.refuseFull()).toThrow('Too many passwords')
  const owed = [1, 2].map((each) => gate.owed(() => Promise.resolve(each)))
  expect(await Promise.all([second, ...owed])).toEqual(['second', 1, 2])
  await first
})
