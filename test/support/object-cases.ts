import { inTx } from '../../src/platform/db.js'
import { dismiss } from '../../src/staff/people/service.js'
import { authenticator } from './authenticator.js'
import type { Asked, StaffServer } from './staff.js'

/** A call on an object that exists, by somebody whose role allows the act but not on this one. */
export type OnObject = {
  title: string
  /** Brings the object about, then asks. */
  run(server: StaffServer): Promise<Asked>
  /** Status and code of the refusal. */
  refused: readonly [number, string]
}

const sessions: readonly OnObject[] = [
  {
    title: 'somebody else’s session is not theirs to end',
    refused: [404, 'not_found'],
    run: async (server) => {
      const owner = await server.signedIn(['reviewer'])
      const stranger = await server.signedIn(['reviewer'])
      const { body } = await owner.ask('GET', '/v1/session')
      const answer = await stranger.ask('DELETE', `/v1/sessions/${body.id}`)
      expect((await owner.ask('GET', '/v1/session')).status).toBe(200)
      return answer
    },
  },
  {
    title: 'a session that ended cannot be ended again',
    refused: [404, 'not_found'],
    run: async (server) => {
      const admin = await server.signedIn(['admin'])
      const owner = await server.signedIn(['reviewer'])
      const { body } = await owner.ask('GET', '/v1/session')
      await owner.ask('DELETE', '/v1/session')
      return admin.ask('DELETE', `/v1/staff/sessions/${body.id}`)
    },
  },
]

const people: readonly OnObject[] = [
  {
    title: 'nobody changes what they themselves may do',
    refused: [403, 'forbidden'],
    run: async (server) => {
      const admin = await server.signedIn(['admin'])
      const change = { roles: ['admin', 'approver'] }
      return admin.ask('PATCH', `/v1/staff/${admin.id}`, change, { 'if-match': '"1"' })
    },
  },
  {
    title: 'nobody dismisses themselves',
    refused: [403, 'forbidden'],
    run: async (server) => {
      const admin = await server.signedIn(['admin'])
      return admin.ask('DELETE', `/v1/staff/${admin.id}`)
    },
  },
  {
    title: 'the roles of somebody changed meanwhile are read again first',
    refused: [412, 'precondition_failed'],
    run: async (server) => {
      const admin = await server.signedIn(['admin'])
      const { id } = await server.enrolled(['reviewer'])
      const change = (roles: string[]) =>
        admin.ask('PATCH', `/v1/staff/${id}`, { roles }, { 'if-match': '"1"' })
      expect((await change(['auditor'])).status).toBe(200)
      return change(['approver'])
    },
  },
  {
    title: 'somebody dismissed is not invited again',
    refused: [404, 'staff_not_found'],
    run: async (server) => {
      const admin = await server.signedIn(['admin'])
      const { id } = await dismissed(server)
      return admin.ask('POST', `/v1/staff/${id}/invitation`)
    },
  },
  {
    title: 'somebody dismissed does not sign in',
    refused: [401, 'sign_in_failed'],
    run: async (server) => {
      const { email, code } = await dismissed(server)
      const password = 'correct horse battery staple'
      return server.ask('POST', '/v1/session', { email, password, totp: await code() })
    },
  },
  {
    title: 'a role that was taken away is gone with the next request',
    refused: [403, 'forbidden'],
    run: async (server) => {
      const admin = await server.signedIn(['admin'])
      const former = await server.signedIn(['responder'])
      const path = `/v1/staff/${former.id}`
      await admin.ask('PATCH', path, { roles: ['auditor'] }, { 'if-match': '"1"' })
      return former.ask('POST', '/v1/incidents', {})
    },
  },
]

const keys: readonly OnObject[] = [
  {
    title: 'a key revoked by somebody who was dismissed since stays revoked',
    refused: [401, 'unauthenticated'],
    run: async (server) => {
      const admin = await server.signedIn(['admin'])
      const { body } = await admin.ask('POST', '/v1/keys', { role: 'automation', name: 'theirs' })
      await admin.ask('DELETE', `/v1/keys/${body.id}`)
      await server.signedIn(['admin'])
      await inTx(server.deps.db, (tx) => dismiss(tx, { id: admin.id, actor: 'os:test' }))
      const headers = { authorization: `Bearer ${body.key}` }
      return server.ask('GET', '/v1/incidents', undefined, headers)
    },
  },
  {
    title: 'a key that was revoked cannot be revoked again',
    refused: [404, 'not_found'],
    run: async (server) => {
      const admin = await server.signedIn(['admin'])
      const { body } = await admin.ask('POST', '/v1/keys', { role: 'platform', name: 'twice' })
      await admin.ask('DELETE', `/v1/keys/${body.id}`)
      return admin.ask('DELETE', `/v1/keys/${body.id}`)
    },
  },
]

const passkeys: readonly OnObject[] = (['PATCH', 'DELETE'] as const).map((method) => ({
  title: `somebody else’s passkey is not theirs to ${method === 'PATCH' ? 'rename' : 'remove'}`,
  refused: [404, 'not_found'],
  run: async (server) => {
    const owner = await server.signedIn(['reviewer'])
    const stranger = await server.signedIn(['admin'])
    const { body } = await owner.ask('POST', '/v1/passkeys/options')
    const credential = authenticator(server.url).create(body)
    await owner.ask('POST', '/v1/passkeys', { name: 'mine', credential })
    const path = `/v1/passkeys/${credential.id}`
    const answer = await stranger.ask(method, path, method === 'PATCH' ? { name: 'x' } : undefined)
    const [kept] = (await owner.ask('GET', '/v1/passkeys')).body.items
    expect(kept.name).toBe('mine')
    return answer
  },
}))

/** Cases and sweeps add theirs here: another reviewer's case, a closed case, a plan one made oneself. */
export const objectCases: readonly OnObject[] = [...sessions, ...people, ...keys, ...passkeys]

async function dismissed(server: StaffServer) {
  const somebody = await server.enrolled(['responder'])
  await inTx(server.deps.db, (tx) => dismiss(tx, { id: somebody.id, actor: 'os:test' }))
  return somebody
}
