import { seedMails, seedState } from '../../../../src/mail/waves/seeds.js'
import { refusesForGood } from '../../../../src/mail/waves/server-refusal.js'
import { Refusal } from '../../../../src/platform/errors.js'

const SEEDS = ['one@seed.example', 'two@seed.example', 'three@seed.example']

test('each seed mailbox gets one mail per wave, in changing languages', () => {
  const waves = [0, 1, 2, 3].map((wave) => seedMails(SEEDS, wave, ['notice', 'reset']))
  for (const mails of waves) {
    expect(mails.map(({ seed }) => seed)).toEqual(SEEDS)
    expect(new Set(mails.map(({ purpose }) => purpose))).toEqual(new Set(['reset']))
  }
  const languages = new Set(waves.flat().map(({ locale }) => locale))
  expect(languages.size).toBeGreaterThan(1)
})

test('a wave of notices is ended by notices', () => {
  expect(seedMails(SEEDS, 2, ['notice'])[0]).toMatchObject({ purpose: 'notice' })
})

const sent = (id: string, over = {}) => ({ id, wave: 1, status: 'accepted', reply: null, ...over })
const copy = (mailId: string, problem: string | null = null) => ({
  mailId,
  ok: problem === null,
  problem,
})

test('copies count for the wave they were sent with', () => {
  const all = [sent('a'), sent('b'), sent('c', { wave: 0 })]
  expect(seedState(1, all, [copy('a'), copy('a'), copy('c'), copy('stranger')])).toEqual({
    staged: 2,
    good: 1,
    bad: null,
  })
})

test.each([
  ['a copy that is wrong', [sent('a')], [copy('a', 'two mailboxes in To')], 'two mailboxes in To'],
  [
    'a mailbox that refuses',
    [sent('a', { status: 'rejected', reply: '550 no such mailbox' })],
    [],
    'it was refused (550 no such mailbox)',
  ],
])('%s is bad', (_rule, mails, copies, bad) => {
  expect(seedState(1, mails, copies)).toMatchObject({ bad })
})

test.each([
  [
    'a wrong password',
    'The mail server mail.example:587 does not take mail: answer 535 5.7.8.',
    true,
  ],
  ['a sender it refuses', 'The mail server refuses the sender: answer 530 5.7.0. Check', true],
  ['a busy server', 'The mail server mail.example:587 does not take mail: answer 421.', false],
  [
    'no server',
    'The mail server mail.example:587 does not take mail: no usable answer (X).',
    false,
  ],
])('%s refuses for good: %#', (_rule, detail, forGood) => {
  expect(refusesForGood(new Refusal('mail_transport_refused', detail))).toBe(forGood)
  expect(refusesForGood(new Error(detail))).toBe(false)
})
