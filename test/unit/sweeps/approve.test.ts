import { approvalsNeeded, checkApproval, lapseOf } from '../../../src/sweeps/approve.js'

const DIGEST = 'ab12'.repeat(16)
const plan = {
  planDigest: DIGEST,
  resets: 40,
  requestedBy: 'staff:ana',
  keyMaker: null as string | null,
  fourEyes: true,
}
const byKey = { requestedBy: 'key:key_ci', keyMaker: 'staff:ana' }
const request = { planDigest: DIGEST, expectedResets: 40, approver: 'staff:ben' }

test('somebody else who names the plan and its resets may approve', () => {
  expect(() => checkApproval(request, plan)).not.toThrow()
  expect(() => checkApproval({ ...request, planDigest: DIGEST.slice(0, 12) }, plan)).not.toThrow()
})

test.each([
  ['another digest', { planDigest: 'cd34'.repeat(16) }, {}, 'plan_digest_wrong'],
  ['no digest', { planDigest: '' }, {}, 'plan_digest_wrong'],
  ['a digest of eleven characters', { planDigest: DIGEST.slice(0, 11) }, {}, 'plan_digest_wrong'],
  ['the digest and something more', { planDigest: `${DIGEST}0` }, {}, 'plan_digest_wrong'],
  ['one reset more than planned', { expectedResets: 41 }, {}, 'approval_mismatch'],
  ['no number of resets', { expectedResets: Number.NaN }, {}, 'approval_mismatch'],
  ['the requester', { approver: 'staff:ana' }, {}, 'forbidden'],
  ['who made the requester’s key', { approver: 'staff:ana' }, byKey, 'forbidden'],
])('%s is refused', (_rule, asked, over, code) => {
  expect(() => checkApproval({ ...request, ...asked }, { ...plan, ...over })).toThrow(
    expect.objectContaining({ code }),
  )
})

test('an approval by who made the requester’s key does not count; anybody else’s does', () => {
  const facts = { isDismissed: false, isApprover: true, approversExist: true, expectedResets: 40 }
  const lapse = (approver: string) =>
    lapseOf({ ...facts, planDigest: DIGEST, approver }, { ...plan, ...byKey })
  expect(lapse('staff:ana')).toBe('requester')
  expect(lapse('staff:ben')).toBeNull()
})

test('without four eyes the requester may approve, but still no other plan', () => {
  const alone = { ...plan, fourEyes: false }
  expect(() => checkApproval({ ...request, approver: 'staff:ana' }, alone)).not.toThrow()
  expect(() => checkApproval({ ...request, expectedResets: 1 }, alone)).toThrow('resets 40')
})

test.each([
  ['at the share of 1 %', 100, 10_000, 1],
  ['above 1 % of a small directory', 101, 10_000, 2],
  ['at 5,000 of a large one', 5_000, 1_000_000, 1],
  ['above 5,000 of a large one', 5_001, 1_000_000, 2],
  ['nobody is reset', 0, 0, 1],
])('blast radius, %s: %i of %i need %i', (_rule, resets, directory, people) => {
  expect(approvalsNeeded({ resets, directory, fourEyes: true })).toBe(people)
  expect(approvalsNeeded({ resets, directory, fourEyes: false })).toBe(1)
})
