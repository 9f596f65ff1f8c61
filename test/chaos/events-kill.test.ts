import { once } from 'node:events'
import { join } from 'node:path'
import { Webhook } from 'standardwebhooks'
import { findBroken } from '../../src/doctor/service.js'
import { deliverDue } from '../../src/events/jobs.js'
import { createCipher } from '../../src/platform/cipher.js'
import { addEndpoint } from '../support/event-endpoints.js'
import { anEventWorld, deliveriesOf, happen, held, makeDue } from '../support/events.js'
import { start } from '../support/processes.js'
import { answer, startReceiver } from '../support/receiver.js'

const COURIER = join(import.meta.dirname, '../support/courier.ts')
const KEY = '32b25acc035401e3410b5afd7ebac3723d3011d05cce32278d5657ed5f603ef9'

test('a courier that is killed after it posted, before it noted the answer, posts again under the same id', async () => {
  const world = { ...(await anEventWorld()), cipher: createCipher(Buffer.from(KEY, 'hex')) }
  const receiver = await startReceiver()
  try {
    const { id, secret } = await addEndpoint(world, {
      format: 'webhook',
      url: receiver.url,
      actor: 'os:test',
    })
    await happen(world, [held('ann')])
    const courier = start(['--import', 'tsx', COURIER, world.url, KEY])
    const ended = once(courier, 'close')
    receiver.behave = () => void courier.kill('SIGKILL')
    await ended
    expect(receiver.received).toHaveLength(1)
    expect(await deliveriesOf(world, id)).toMatchObject([{ status: 'pending', attempts: 1 }])
    receiver.behave = answer(204)
    expect(await deliverDue(world)).toMatchObject({ accepted: 0 }) // its lease is still running
    await makeDue(world)
    expect(await deliverDue(world)).toMatchObject({ accepted: 1 })
    const [first, second] = receiver.received
    expect(second?.headers['webhook-id']).toBe(first?.headers['webhook-id'])
    expect(second?.body).toBe(first?.body)
    new Webhook(secret).verify(second?.body ?? '', second?.headers as Record<string, string>)
    expect(await deliveriesOf(world, id)).toMatchObject([{ status: 'accepted', attempts: 2 }])
    expect(await findBroken(world.url, { only: ['I7', 'I9', 'I11', 'I14', 'I16'] })).toEqual([])
  } finally {
    await receiver.close()
    await world.close()
  }
})
