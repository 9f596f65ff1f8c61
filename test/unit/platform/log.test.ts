import { redact } from '../../../src/platform/log.js'

test.each([
  ['an address', 'mail to mara.b+x@shop.example failed', 'mail to [redacted] failed'],
  ['an address in brackets', '<mara@shop.example>', '<[redacted]>'],
  ['a webhook secret', `key whsec_${'A'.repeat(43)}=`, 'key [redacted]'],
  ['a key', `Bearer ck_abc_${'x'.repeat(43)}`, 'Bearer [redacted]'],
  ['a session or reset token', `/reset/${'aB-_'.repeat(10)}xyz`, '/reset/[redacted]'],
])('%s is taken out', (_what, text, clean) => expect(redact(text)).toBe(clean))

test.each([
  ['an event', 'sweep.chunk_done'],
  ['ids', 'swp_mm4qbkppp6253sns 0b7d3c1e-8f8e-4c2e-9a59-0c6f7a3f1f10'],
  ['a digest', 'a83b49f51a7d99355ceb831ac15f8f4b4b71803e8fddd73437e56794be3ae000'],
  ['a version', 'exposed-addresses@1'],
  ['a place in the code', 'TypeError at run (file:///srv/cordon/dist/app.js:12:3)'],
])('%s stays', (_what, text) => expect(redact(text)).toBe(text))
