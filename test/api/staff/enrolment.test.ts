import { createHash } from 'node:crypto'
import { generateSync } from 'otplib'
import { inTx } from '../../../src/platform/db.js'
import { invite } from '../../../src/staff/people/service.js'
import { askAt, PASSWORD, type StaffServer, startStaff } from '../../support/staff.js'

let server: StaffServer
beforeAll(async () => {
  server = await startStaff()
})
afterAll(() => server.close())

let guests = 0
async function invited() {
  guests += 1
  const email = `guest.${guests}@cordon.example`
  const person = { email, name: `Guest ${guests}`, roles: ['reviewer'] as const, actor: 'os:test' }
  const { id, token } = await inTx(server.deps.db, (tx) => invite(tx, server.deps.cipher, person))
  return { id, email, token }
}

async function submit(action: string, fields: Record<string, string>, headers: object = {}) {
  const answer = await fetch(new URL(action, server.url), {
    method: 'POST',
    headers: { 'content-type': 'application/x-www-form-urlencoded', ...headers },
    body: new URLSearchParams(fields),
  })
  return { status: answer.status, page: await answer.text(), headers: answer.headers }
}

/** What a person without scripts can see and fill in: the form's target and its fields. */
function formOf(page: string) {
  const action = /<form method="post" action="([^"]+)"/.exec(page)?.[1] ?? ''
  const inputs = page.match(/<input [^>]*>/g) ?? []
  const named = inputs.flatMap((input) => {
    const name = / name="([^"]+)"/.exec(input)?.[1]
    return name ? [[name, / value="([^"]*)"/.exec(input)?.[1] ?? ''] as const] : []
  })
  return { action, fields: Object.fromEntries(named) }
}
const secretOn = (page: string) =>
  (/class="code">([A-Z2-7 ]+)</.exec(page)?.[1] ?? '').replace(/ /g, '')

test('somebody invited enrols by the pages alone, and signs in', async () => {
  const { email, token } = await invited()
  const first = formOf(await (await fetch(`${server.url}/enrol`)).text())
  expect(first).toEqual({ action: '/enrol', fields: { token: '' } })

  const offer = await submit(first.action, { token: `  ${token}\n` })
  expect(offer.status).toBe(200)
  expect(offer.page).toContain(email)
  expect(offer.page).toContain('src="data:image/svg+xml;base64,')
  const second = formOf(offer.page)
  expect(Object.keys(second.fields)).toEqual(['token', 'password', 'passwordAgain', 'code'])

  const secret = secretOn(offer.page)
  const choice = { password: PASSWORD, passwordAgain: PASSWORD, code: generateSync({ secret }) }
  const done = await submit(second.action, { ...second.fields, ...choice })
  expect(done.status).toBe(200)
  const codes = [...done.page.matchAll(/<li>([0-9A-Z-]{27})<\/li>/g)].map(([, code]) => code)
  expect(codes).toHaveLength(10)

  const session = { email, password: PASSWORD, totp: codes[0] }
  expect((await server.ask('POST', '/v1/session', session)).status).toBe(201)
  expect((await submit('/enrol', { token })).status).toBe(410)
})

test.each([
  [
    'two passwords that differ',
    { passwordAgain: 'something else entirely' },
    'passwordAgain',
    'differ',
  ],
  ['a short password', { password: 'short', passwordAgain: 'short' }, 'password', 'Too short'],
  [
    'a password made of their address',
    { password: 'guest cordon example', passwordAgain: 'guest cordon example' },
    'password',
    'Too easy to guess',
  ],
  ['a wrong code', { code: '000000' }, 'code', 'not right'],
  ['no code', { code: '' }, 'code', 'not right'],
])(
  '%s: the form again, the reason beside the field, the invitation unspent',
  async (_case, wrong, field, says) => {
    const { token } = await invited()
    const secret = secretOn((await submit('/enrol', { token })).page)
    const right = {
      token,
      password: PASSWORD,
      passwordAgain: PASSWORD,
      code: generateSync({ secret }),
    }
    const again = await submit('/enrol/completion', { ...right, ...wrong })
    expect(again.status).toBe(422)
    expect(again.page).toContain('role="alert"')
    expect(again.page).toMatch(
      new RegExp(
        `id="${field}"[^>]*aria-describedby="[^"]*${field}-error"[^>]*aria-invalid="true"`,
      ),
    )
    expect(again.page).toMatch(new RegExp(`id="${field}-error" class="error">[^<]*${says}`))
    expect(again.page.match(/aria-invalid="true"/g)).toHaveLength(1)
    expect(again.page).not.toContain(PASSWORD)
    expect((await submit('/enrol/completion', right)).status).toBe(200)
  },
)

test('the script that reads the fragment is the only one the page may run', async () => {
  const answer = await fetch(`${server.url}/enrol`)
  const page = await answer.text()
  const [, script = ''] = /<script>([\s\S]*?)<\/script>/.exec(page) ?? []
  const hash = createHash('sha256').update(script).digest('base64')
  const policy = answer.headers.get('content-security-policy') ?? ''
  expect(policy).toContain(`script-src 'sha256-${hash}'`)
  expect(policy).toContain("default-src 'none'")
  expect(script).toContain('location.hash')
  expect(page.match(/<script/g)).toHaveLength(1)
})

test('the pages after it run no script', async () => {
  const { token } = await invited()
  const { page, headers } = await submit('/enrol', { token })
  expect(page).not.toContain('<script')
  expect(headers.get('content-security-policy')).not.toContain('script-src')
})

test.each(['unknown', '', 'x'.repeat(129), 'ünknöwn\u0000'])(
  'the code %j is answered with a page that tells nothing',
  async (token) => {
    const { status, page } = await submit('/enrol', { token })
    expect([400, 410]).toContain(status)
    expect(page).toContain('<h1>')
  },
)

test('an unknown and a used invitation look alike', async () => {
  const { token } = await invited()
  await server.deps.db.$executeRaw`UPDATE staff_invitation SET spent_at = now()`
  const used = await submit('/enrol', { token })
  const unknown = await submit('/enrol', { token: 'never-was' })
  expect(used).toMatchObject({ status: 410, page: unknown.page })
})

test('every field has a label', async () => {
  const { token } = await invited()
  const pages = [
    await (await fetch(`${server.url}/enrol`)).text(),
    (await submit('/enrol', { token })).page,
  ]
  for (const page of pages) {
    const ids = [...page.matchAll(/<input id="([^"]+)"/g)].map(([, id]) => id)
    expect(ids.length).toBeGreaterThan(0)
    for (const id of ids) expect(page).toContain(`<label for="${id}">`)
  }
})

test('another site cannot post the form', async () => {
  const { token } = await invited()
  const { status } = await submit('/enrol', { token }, { 'sec-fetch-site': 'cross-site' })
  expect(status).toBe(403)
})

test('the link of an invitation leads to the page, and holds the code behind the #', async () => {
  const admin = await server.signedIn(['admin'])
  const guest = { email: 'linked@cordon.example', name: 'Linked', roles: ['auditor'] }
  const { body } = await admin.ask('POST', '/v1/staff', guest)
  const link = new URL(body.link)
  expect([link.origin, link.pathname, link.search]).toEqual([server.url, '/enrol', ''])
  expect((await submit(link.pathname, { token: link.hash.slice(1) })).page).toContain(guest.email)
  expect((await askAt(server.url)('HEAD', '/enrol')).status).toBe(200)
})
