import type { Unwritten } from '../../../src/mail/prepare.js'
import { parseRecipient, type Recipient } from '../../../src/mail/recipient.js'
import type { Bound } from '../../../src/mail/revision.js'
import type { Sender } from '../../../src/mail/sender.js'
import { WAVES } from '../../../src/mail/waves/policy.js'
import { type Address, parseAddress } from '../../../src/values/address.js'

export const MAIL_ID = '0b7a3c1e-5d2f-4c7a-9e41-6f1f0d3c2b1a'
export const TOKEN = 'Zm9vYmFyYmF6cXV4cXV1eGNvcmdlZ3JhdWx0Z2FycGx'
export const LINK = `https://shop.example/reset/${TOKEN}`
export const NOW = new Date('2026-11-23T10:00:00Z')

export const anAddress = (text: string): Address => {
  const parsed = parseAddress(text)
  if ('rejected' in parsed) throw new Error(parsed.rejected)
  return parsed.address
}

export const aRecipient = (text: string): Recipient => {
  const parsed = parseRecipient(text)
  if ('rejected' in parsed) throw new Error(parsed.rejected)
  return parsed.recipient
}

export const SENDER: Sender = {
  from: anAddress('no-reply@shop.example'),
  support: anAddress('help@shop.example'),
  siteName: 'Example Shop',
  publicUrl: 'https://shop.example',
  linkHours: 24,
  signing: [],
}

export const aMail = (over: Partial<Unwritten> = {}): Unwritten => ({
  id: MAIL_ID,
  purpose: 'reset',
  recipient: 'ann@example.org',
  locale: 'en',
  name: 'Ann Bell',
  phrase: 'blue kettle',
  wantsLinks: true,
  token: TOKEN,
  ...over,
})

/** What an approval binds besides texts and sender. */
export const BOUND: Bound = {
  shaping: { google: { rate: 20, connections: 5 }, yahoo: { rate: 1, connections: 10 } },
  transport: { kind: 'smtp', host: 'mail.shop.example', port: 465, secure: true, user: 'cordon' },
  waves: WAVES,
  seeds: ['seed@gmail.example', 'seed@yahoo.example'],
  returnDomain: 'bounces.shop.example',
  build: { version: '0.1.0', sha256: 'a'.repeat(64) },
}
