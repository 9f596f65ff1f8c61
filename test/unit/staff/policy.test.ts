import { ACTS, type Act, MACHINE_ROLES, STAFF_ROLES } from '../../../src/contract/acts.js'
import { actsOf, may, ROLE_MAY } from '../../../src/staff/policy.js'

const acts = Object.keys(ACTS) as Act[]
const rolesThatMay = (act: Act) => Object.keys(ROLE_MAY).filter((role) => may([role], act))

test('no machine approves, decides, manages, or lets mail leave', () => {
  for (const act of [
    'sweep.approve',
    'case.decide',
    'staff.manage',
    'key.manage',
    'mail.open',
  ] as const)
    expect(rolesThatMay(act).filter((role) => MACHINE_ROLES.includes(role as 'ingest'))).toEqual([])
})

test('nobody who plans or starts by one role also approves by it', () => {
  expect(rolesThatMay('sweep.approve')).toEqual(['approver'])
  expect(may(['approver'], 'sweep.plan')).toBe(false)
  expect(may(['approver'], 'sweep.start')).toBe(false)
})

test('an admin manages people and keys, and touches no account', () => {
  for (const act of ['sweep.plan', 'sweep.start', 'sweep.approve', 'case.decide', 'account.import'])
    expect(may(['admin'], act)).toBe(false)
})

test('every person can stop the mail', () => {
  for (const role of STAFF_ROLES) expect(may([role], 'mail.close')).toBe(true)
})

test('the webhook’s secret and the platform’s key do nothing else', () => {
  expect(ROLE_MAY.ingest).toEqual([])
  expect(ROLE_MAY.platform).toEqual(['sign_in', 'standing.read'])
})

test('automation may exactly what a responder and an auditor may, but has no session', () => {
  const both = new Set([...ROLE_MAY.responder, ...ROLE_MAY.auditor])
  both.delete('session.use')
  expect(new Set(ROLE_MAY.automation)).toEqual(both)
})

test('every act is somebody’s, and several roles may what each of them may', () => {
  expect(acts.filter((act) => rolesThatMay(act).length === 0)).toEqual([])
  expect(actsOf(['reviewer', 'approver'])).toEqual(
    acts.filter((act) => may(['reviewer'], act) || may(['approver'], act)),
  )
})

test.each([['constructor'], ['__proto__'], ['toString'], [''], ['Admin']])(
  '%j is no role and no act',
  (word) => {
    expect(acts.some((act) => may([word], act))).toBe(false)
    expect(may(Object.keys(ROLE_MAY), word)).toBe(false)
  },
)
