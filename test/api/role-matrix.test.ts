import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { rolesTable } from '../../scripts/roles-table.js'
import { ACTS } from '../../src/contract/acts.js'
import { CALLS } from '../../src/contract/calls.js'
import type { Endpoint } from '../../src/contract/endpoint.js'
import { may, ROLE_MAY } from '../../src/staff/policy.js'
import { type OnObject, objectCases } from '../support/object-cases.js'
import { expectedOf, type MatrixServers, mountedIn, startMatrix } from '../support/role-matrix.js'

// Every call, asked by everybody: OWASP Authorization Testing Automation; ASVS 5.0 V8.2.1, V8.2.2.

let servers: MatrixServers
beforeAll(async () => {
  servers = await startMatrix()
})
afterAll(() => servers.close())

/** What is no call of the API: health, documents, pages for people without a session, and what receivers of
 * security event tokens fetch under their own token (RFC 8936). */
const PAGES = [
  'GET /healthz',
  'GET /readyz',
  'GET /.well-known/jwks.json',
  'GET /.well-known/ssf-configuration',
  'POST /v1/ssf/poll',
  'GET /docs',
  'GET /openapi.json',
  'GET /enrol',
  'POST /enrol',
  'POST /enrol/completion',
  'GET /reset',
  'POST /reset',
  'GET /reset/:token',
  'POST /reset/:token',
  'POST /reset/second-factor',
]

const calls = Object.values(CALLS).flat()
const nameOf = ({ method, path }: Endpoint) => `${method.toUpperCase()} ${path}`

test.each(calls.map((call) => [nameOf(call), call] as const))(
  '%s answers everybody as the policy says',
  async (_name, call) => {
    const [expected, found]: [Record<string, string>, Record<string, string>] = [{}, {}]
    for (const [who, caller] of Object.entries(servers.callers)) {
      expected[who] = expectedOf(call, caller)
      found[who] = await servers.verdictOf(call, caller)
    }
    expect(found).toEqual(expected)
  },
)

test('the matrix meets every verdict, so that it can tell them apart', () => {
  const callers = Object.values(servers.callers)
  const verdicts = new Set(calls.flatMap((call) => callers.map((who) => expectedOf(call, who))))
  expect([...verdicts].sort()).toEqual([
    'forbidden',
    'let through',
    'step_up_required',
    'unauthenticated',
  ])
})

test('every call is mounted on its listener, and nothing else is mounted', () => {
  const [staff, open] = servers.apps.map(mountedIn) as [string[], string[]]
  const declared = (listener: string) =>
    calls.filter((call) => call.listener === listener).map(nameOf)
  expect(staff.filter((each) => !PAGES.includes(each)).sort()).toEqual(declared('staff').sort())
  expect(open.filter((each) => !PAGES.includes(each)).sort()).toEqual(declared('public').sort())
  expect(PAGES.filter((each) => !staff.includes(each) && !open.includes(each))).toEqual([])
})

test('every call is allowed to some role, and every act that a call or a role names exists', () => {
  const unreachable = calls.filter(
    ({ allow }) => allow !== 'anyone' && !Object.keys(ROLE_MAY).some((role) => may([role], allow)),
  )
  expect(unreachable.map(nameOf)).toEqual([])
  const named = [...Object.values(ROLE_MAY).flat(), ...calls.map(({ allow }) => allow)]
  expect(named.filter((act) => act !== 'anyone' && !Object.hasOwn(ACTS, act))).toEqual([])
})

test('docs/roles.md says what the declarations say', () => {
  const page = readFileSync(join(import.meta.dirname, '../../docs/roles.md'), 'utf8')
  // When this fails: npm run roles
  expect(page).toBe(rolesTable())
})

describe('objects and states', () => {
  test.each(objectCases.map((each) => [each.title, each] as [string, OnObject]))(
    '%s',
    async (_title, { run, refused }) => {
      const { status, body } = await run(servers.staff)
      const code = String(body?.type ?? '').replace('urn:cordon:problem:', '')
      expect([status, code]).toEqual(refused)
    },
  )
})
