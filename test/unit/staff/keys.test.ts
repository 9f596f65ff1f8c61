import { bearerKey, mintKey } from '../../../src/staff/keys/key.js'

const RANDOM = new Uint8Array(32).fill(1)

test('a bearer key carries its id and 256 bits; a webhook secret is one of Standard Webhooks', () => {
  const platform = mintKey('platform', 'key_abc123', RANDOM)
  expect(platform.key).toBe('ck_abc123_AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE')
  expect(platform.isRecoverable).toBe(false)
  const ingest = mintKey('ingest', 'key_abc123', RANDOM)
  expect(ingest.key).toBe('whsec_AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE=')
  expect(ingest.isRecoverable).toBe(true)
})

test.each([
  [undefined],
  [''],
  ['Bearer'],
  ['Bearer x'],
  ['Basic ck_a_'.padEnd(60, 'x')],
  [`Bearer ck_abc_${'x'.repeat(42)}`],
  [`Bearer ck_abc_${'x'.repeat(43)} `],
  [`Bearer ck_${'a'.repeat(400)}_${'x'.repeat(43)}`],
])('%j holds no key', (header) => expect(bearerKey(header)).toBeUndefined())

test('the scheme is written in any case', () => {
  const key = `ck_abc_${'x'.repeat(43)}`
  expect(bearerKey(`bearer ${key}`)).toBe(key)
})
