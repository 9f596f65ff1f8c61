import {
  checkpointCheck,
  clockCheck,
  migrationCheck,
  settingChecks,
} from '../../../src/doctor/installation/check.js'

const GOOD = {
  fourEyes: true,
  hasMailServer: true,
  takesBounces: true,
  publicUrl: 'https://accounts.example.com',
  hasOwnDatabase: true,
  hasOwnKey: true,
}

test.each([
  ['nothing', {}, 'nothing to warn of'],
  ['one pair of eyes', { fourEyes: false }, 'FOUR_EYES'],
  ['mail that goes nowhere', { hasMailServer: false }, 'SMTP_URL'],
  ['bounces that are lost', { takesBounces: false }, 'MAIL_BOUNCE_DOMAIN'],
  ['links without https', { publicUrl: 'http://accounts.example.com' }, 'PUBLIC_URL'],
  ['links to nowhere', { publicUrl: undefined }, 'PUBLIC_URL'],
  ['a key on one machine', { hasOwnKey: false }, 'ENCRYPTION_KEY'],
])('settings: warns of %s', (_of, over, says) => {
  const found = settingChecks({ ...GOOD, ...over })
  expect(found).toHaveLength(1)
  expect(found[0]?.says).toContain(says)
})

test.each([
  [0, 'ok'],
  [-1_900, 'ok'],
  [2_100, 'warning'],
  [-3_600_000, 'warning'],
])('clocks %i ms apart: %s', (skewMs, result) => {
  expect(clockCheck(skewMs).result).toBe(result)
})

const NONE = { missing: [], unknown: [], broken: [] }
test.each([
  ['all applied', {}, 'ok'],
  ['one missing', { missing: ['a'] }, 'broken'],
  ['one of a newer program', { unknown: ['a'] }, 'broken'],
  ['one that broke off', { broken: ['a'], missing: ['a'] }, 'broken'],
])('migrations, %s', (_which, over, result) => {
  expect(migrationCheck({ ...NONE, ...over }).result).toBe(result)
})

const now = new Date('2026-11-26T12:00:00Z')
test.each([
  ['none yet', undefined, 'warning'],
  ['a fresh one', new Date('2026-11-26T11:59:00Z'), 'ok'],
  ['silence since the morning', new Date('2026-11-26T09:00:00Z'), 'warning'],
])('checkpoints, %s', (_which, newest, result) => {
  expect(checkpointCheck({ folder: 'f', count: 1, newest, now }).result).toBe(result)
})
