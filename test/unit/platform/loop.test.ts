import { setTimeout as pause } from 'node:timers/promises'
import { startLoop } from '../../../src/platform/loop.js'

const LONG = 60_000

async function until(isTrue: () => boolean): Promise<void> {
  for (let looks = 0; !isTrue(); looks += 1) {
    if (looks > 2_000) throw new Error('It did not become true')
    await pause(1)
  }
}

test('a turn that did something is followed by the next at once, until there is nothing left', async () => {
  let left = 5
  let turns = 0
  const loop = startLoop(
    async () => {
      turns += 1
      left -= 1
      return left > 0
    },
    { idleMs: LONG, onError: () => undefined },
  )
  await until(() => left === 0)
  await pause(20)
  await loop.close()
  expect(turns).toBe(5)
})

test('a nudge starts the next turn without waiting', async () => {
  let turns = 0
  const loop = startLoop(async () => ++turns < 0, { idleMs: LONG, onError: () => undefined })
  await until(() => turns === 1)
  loop.nudge()
  await until(() => turns === 2)
  await loop.close()
})

test('a nudge during a turn is not lost', async () => {
  let turns = 0
  const loop = startLoop(
    async () => {
      turns += 1
      await pause(5)
      if (turns === 1) loop.nudge()
      return false
    },
    { idleMs: LONG, onError: () => undefined },
  )
  await until(() => turns === 2)
  await loop.close()
})

test('two turns never overlap', async () => {
  let running = 0
  let most = 0
  let turns = 0
  const loop = startLoop(
    async () => {
      running += 1
      most = Math.max(most, running)
      await pause(2)
      running -= 1
      turns += 1
      return false
    },
    { idleMs: 1, onError: () => undefined },
  )
  for (let nudges = 0; nudges < 50; nudges += 1) {
    loop.nudge()
    await pause(1)
  }
  await loop.close()
  expect(turns).toBeGreaterThan(3)
  expect(most).toBe(1)
})

test('a turn that fails is told, and tried again when idle', async () => {
  const told: unknown[] = []
  let turns = 0
  const loop = startLoop(
    async () => {
      turns += 1
      if (turns < 3) throw new Error(`turn ${turns}`)
      return false
    },
    { idleMs: 1, onError: (error) => told.push((error as Error).message) },
  )
  await until(() => turns >= 3)
  await loop.close()
  expect(told).toEqual(['turn 1', 'turn 2'])
})

test('closing waits for the running turn and starts no other', async () => {
  let ended = 0
  const loop = startLoop(
    async () => {
      await pause(30)
      ended += 1
      return true
    },
    { idleMs: 1, onError: () => undefined },
  )
  await pause(5)
  await loop.close()
  expect(ended).toBe(1)
  await pause(40)
  expect(ended).toBe(1)
})
