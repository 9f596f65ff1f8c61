import { generateSync } from 'otplib'
import type { App } from '../app.js'
import type { StaffRole } from '../contract/acts.js'
import { inTx } from '../platform/db.js'
import { enrol, invite, readInvitation } from '../staff/people/service.js'

/** Somebody who can sign in to the console of the demo, with all they need for it. */
type DemoPerson = {
  name: string
  email: string
  roles: readonly StaffRole[]
  password: string
  recoveryCodes: string[]
}

const PEOPLE: readonly Pick<DemoPerson, 'name' | 'email' | 'roles'>[] = [
  {
    name: 'Ada',
    email: 'ada@cordon.example',
    roles: ['admin', 'responder', 'approver', 'reviewer', 'auditor'],
  },
  { name: 'Ben', email: 'ben@cordon.example', roles: ['responder', 'approver', 'reviewer'] },
]
const PASSWORD_BYTES = 12

/** Enrols two people by the way that everybody takes. Their passwords are new in every demo. */
export async function enrolPeople(app: App): Promise<DemoPerson[]> {
  const enrolled: DemoPerson[] = []
  for (const person of PEOPLE) {
    const { token } = await inTx(app.db, (tx) =>
      invite(tx, app.cipher, { ...person, actor: 'os:demo' }),
    )
    const { secret } = await readInvitation(app, token)
    const password = Buffer.from(app.random(PASSWORD_BYTES)).toString('base64url')
    const code = generateSync({ secret })
    const recoveryCodes = await enrol(app, { token, password, code })
    enrolled.push({ ...person, password, recoveryCodes })
  }
  return enrolled
}
