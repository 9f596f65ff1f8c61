import { compose } from '../../../src/mail/compose.js'
import { type Planned, plan, prepare, type Unwritten } from '../../../src/mail/prepare.js'
import { parseRecipient, type Recipient } from '../../../src/mail/recipient.js'
import { type RenderedMail, render } from '../../../src/mail/render.js'
import type { Sender } from '../../../src/mail/sender.js'
import { MAIL_PURPOSES } from '../../../src/mail/state.js'
import { inspect } from '../../../src/mail/wire-gate.js'
import { parseAddress } from '../../../src/values/address.js'
import { LOCALES } from '../../../src/values/locale.js'
import { type Chance, chanceOf } from './chance.js'
import { hostileText, smugglingText } from './hostile.js'
import { LEAK_NAMES, leak } from './leaks.js'
import { mutate } from './mutations.js'
import { recipientsOf, STRANGER, showsStranger } from './stranger.js'

type Verdict = 'passed' | 'stopped' | 'unsendable'
export type FuzzReport = {
  seed: number
  cases: number
  /** By kind of case: how many passed the gate, were stopped by it, or could go to nobody. */
  kinds: Record<string, Record<Verdict, number>>
  /** Messages that passed and show a second person, or name another recipient: there must be none. */
  exposures: string[]
  /** Ways and swaps that must be stopped and were not: there must be none. */
  missed: string[]
  perSecond: number
}

type Judged = { verdict: Verdict; exposes?: string; missed?: string }

const address = (text: string) => {
  const parsed = parseAddress(text)
  if ('rejected' in parsed) throw new Error(parsed.rejected)
  return parsed.address
}

const SENDER: Sender = {
  from: address('no-reply@shop.example'),
  support: address('help@shop.example'),
  siteName: 'Example Shop',
  publicUrl: 'https://shop.example',
  linkHours: 24,
  signing: [],
}
const DATE = new Date('2026-11-23T10:00:00Z')
const TOKEN = 'Zm9vYmFyYmF6cXV4cXV1eGNvcmdlZ3JhdWx0Z2FycGx'
const MAIL_ID = '0b7a3c1e-5d2f-4c7a-9e41-6f1f0d3c2b1a'
const LOCALE_WISHES = [...LOCALES, 'ja-JP', 'es_MX', 'zh-TW', 'xx', '', '\r\n', null]

const aMail = (chance: Chance, over: Partial<Unwritten> = {}): Unwritten => ({
  id: MAIL_ID,
  purpose: chance.one(MAIL_PURPOSES),
  recipient: 'ann@example.org',
  locale: chance.one(LOCALE_WISHES),
  name: chance.once(3) ? null : 'Ann Bell',
  phrase: chance.once(3) ? null : 'blue kettle',
  wantsLinks: !chance.once(4),
  token: TOKEN,
  ...over,
})

/** Whatever names, phrases and wishes hold: it passes, and shows nobody else. */
async function hostileAccount(chance: Chance): Promise<Judged> {
  const name = chance.once(3) ? hostileText(chance) : smugglingText(chance)
  const phrase = chance.once(3) ? null : hostileText(chance)
  const mail = aMail(chance, { name, phrase })
  const written = await prepare(mail, SENDER, DATE)
  if (written.kind !== 'ready') return { verdict: 'stopped', missed: `refused ${written.kind}` }
  return judgePassed(written.bytes, mail.recipient)
}

/** Whatever is stored as an address: it names exactly one mailbox, or nobody is written to. */
async function hostileAddress(chance: Chance): Promise<Judged> {
  const parts = ['ann@example.org', hostileText(chance), smugglingText(chance), STRANGER.address]
  const recipient = chance.once(3)
    ? `${hostileText(chance)}@${hostileText(chance)}.example`.toLowerCase()
    : `${chance.one(parts)}${chance.one([',', ';', ' ', '\r\n', '', '%', '"'])}${chance.one(parts)}`
  const written = await prepare(aMail(chance, { recipient }), SENDER, DATE)
  if (written.kind !== 'ready') return { verdict: 'unsendable' }
  const parsed = parseRecipient(recipient)
  const isOne = 'recipient' in parsed && recipientsOf(written.bytes).join() === recipient
  return isOne ? { verdict: 'passed' } : { verdict: 'passed', exposes: `sent to ${recipient}` }
}

/** Whatever the configuration holds: never more than the one recipient. */
async function hostileSender(chance: Chance): Promise<Judged> {
  const mail = aMail(chance, { token: chance.once(2) ? TOKEN : hostileText(chance) })
  const sender = {
    ...SENDER,
    siteName: hostileText(chance),
    support: chance.once(2) ? null : SENDER.support,
    linkHours: chance.one([1, 2, 5, 11, 24, 0.5]),
    publicUrl: chance.one(['https://shop.example', 'https://xn--bcher-kva.example:8443']),
  }
  const written = await prepare(mail, sender, DATE)
  if (written.kind !== 'ready') return { verdict: 'stopped' }
  return judgePassed(written.bytes, mail.recipient)
}

function judgePassed(bytes: Uint8Array, recipient: string): Judged {
  const named = recipientsOf(bytes)
  if (named.length !== 1 || named[0] !== recipient)
    return { verdict: 'passed', exposes: `names ${named.length} recipients` }
  return showsStranger(bytes)
    ? {
        verdict: 'passed',
        exposes: `shows a second person: ${process.env.FUZZ_SHOW ? Buffer.from(bytes).toString('latin1') : ''}`,
      }
    : { verdict: 'passed' }
}

type Sound = { mail: Unwritten; planned: Planned; rendered: RenderedMail; bytes: Uint8Array }

function sound(chance: Chance): Sound {
  const mail = aMail(chance)
  const planned = plan(mail, SENDER)
  if ('because' in planned) throw new Error(planned.because)
  const rendered = render(planned.facts, mail.locale)
  return { mail, planned, rendered, bytes: put(rendered, planned.recipient) }
}

const put = (rendered: RenderedMail, recipient: Recipient, mailId = MAIL_ID) =>
  compose({ ...rendered, mailId, from: SENDER.from, recipient, date: DATE })

/** Sound mails whose bytes are changed: what still passes shows nobody else. */
async function mutated(chance: Chance, pool: readonly Sound[]): Promise<Judged> {
  const { bytes, planned } = chance.one(pool)
  const changed = mutate(bytes, chance)
  const { ok } = await inspect(changed, planned.expected)
  return ok ? judgePassed(changed, planned.recipient) : { verdict: 'stopped' }
}

/** The known ways to show a second person: each is stopped, whatever mail it happens to. */
async function leaking(chance: Chance, leaks: readonly Leak[]): Promise<Judged> {
  const { name, bytes, planned } = chance.one(leaks)
  const changed = chance.once(2) ? bytes : mutate(bytes, chance)
  const { ok } = await inspect(changed, planned.expected)
  if (!ok) return { verdict: 'stopped' }
  if (changed === bytes) return { verdict: 'passed', missed: name }
  return judgePassed(changed, planned.recipient)
}

type Swap = (chance: Chance, sound: Sound) => Uint8Array | undefined

const other = (parsed = parseRecipient(STRANGER.address)): Recipient => {
  if ('rejected' in parsed) throw new Error(parsed.rejected)
  return parsed.recipient
}

/** What mixes up two mails. Undefined where this mail does not hold the thing that is swapped. */
const SWAPS: Readonly<Record<string, Swap>> = {
  'a cached render': (_chance, { mail, planned }) =>
    put(render({ ...planned.facts, mail: STRANGER.mailId }, mail.locale), planned.recipient),
  'a cached render of somebody else': (chance, { mail, planned }) => {
    const name = chance.once(2) ? null : STRANGER.name
    const facts = { ...planned.facts, mail: STRANGER.mailId, name }
    return put(render(facts, mail.locale), planned.recipient)
  },
  'a swapped token': (_chance, { mail, planned: { facts, recipient } }) => {
    if (!facts.reset) return undefined
    const link = facts.reset.link?.replace(TOKEN, STRANGER.token) ?? null
    const reset = { ...facts.reset, link, token: STRANGER.token }
    return put(render({ ...facts, reset }, mail.locale), recipient)
  },
  'a swapped name': (_chance, { mail, planned }) =>
    put(render({ ...planned.facts, name: STRANGER.name }, mail.locale), planned.recipient),
  'a swapped phrase': (_chance, { mail, planned }) =>
    put(render({ ...planned.facts, phrase: STRANGER.phrase }, mail.locale), planned.recipient),
  "a stranger's address in the header": (_chance, { rendered }) => put(rendered, other()),
  "a stranger's address in the text": (_chance, { mail, planned }) =>
    put(render({ ...planned.facts, support: STRANGER.address }, mail.locale), planned.recipient),
  "a stranger's address as the site": (_chance, { mail, planned }) =>
    put(render({ ...planned.facts, site: STRANGER.address }, mail.locale), planned.recipient),
  'the number of another mail': (_chance, { rendered, planned }) =>
    put(rendered, planned.recipient, STRANGER.mailId),
}

/** Mixed-up mails: every single one is stopped. */
async function swapped(chance: Chance, pool: readonly Sound[]): Promise<Judged> {
  const sample = chance.one(pool)
  const name = chance.one(Object.keys(SWAPS))
  const bytes = SWAPS[name]?.(chance, sample)
  if (!bytes) return { verdict: 'unsendable' }
  const { ok } = await inspect(bytes, sample.planned.expected)
  return ok ? { verdict: 'passed', missed: name } : { verdict: 'stopped' }
}

type Leak = { name: string; bytes: Uint8Array; planned: Planned }

async function leaksOf(pool: readonly Sound[]): Promise<Leak[]> {
  const leaks: Leak[] = []
  for (const name of LEAK_NAMES) {
    for (const { mail, planned, rendered } of pool.slice(0, 20)) {
      const bytes = await leak(name, { ...rendered, ...planned, id: mail.id, date: DATE })
      leaks.push({ name, bytes, planned })
    }
  }
  return leaks
}

const POOL = 200
const AT_ONCE = 32

function count(report: FuzzReport, where: string, kind: string, judged: Judged): void {
  const { verdict, exposes, missed } = judged
  const counts = report.kinds[kind]
  if (counts) counts[verdict] += 1
  if (exposes) report.exposures.push(`${where}: ${exposes}`)
  if (missed) report.missed.push(`${where}: ${missed}`)
}

/**
 * Runs this many cases of hostile accounts, addresses and configurations, changed bytes, known leaks
 * and mixed-up mails through everything a mail goes through before it leaves.
 */
export async function fuzzMail(
  cases: number,
  seed: number,
  onProgress: (done: number) => void = () => undefined,
): Promise<FuzzReport> {
  const chance = chanceOf(seed)
  const pool = Array.from({ length: POOL }, () => sound(chance))
  const leaks = await leaksOf(pool)
  const kinds: [string, number, () => Promise<Judged>][] = [
    ['hostile account', 35, () => hostileAccount(chance)],
    ['hostile address', 15, () => hostileAddress(chance)],
    ['hostile configuration', 10, () => hostileSender(chance)],
    ['changed bytes', 25, () => mutated(chance, pool)],
    ['known leak', 7, () => leaking(chance, leaks)],
    ['mixed-up mail', 8, () => swapped(chance, pool)],
  ]
  const wheel = kinds.flatMap((kind) => Array.from({ length: kind[1] }, () => kind))
  const report: FuzzReport = { seed, cases, kinds: {}, exposures: [], missed: [], perSecond: 0 }
  for (const [name] of kinds) report.kinds[name] = { passed: 0, stopped: 0, unsendable: 0 }
  const startedAt = performance.now()
  for (let done = 0; done < cases; done += AT_ONCE) {
    // Every case throws its dice before it first waits, so the seed decides in spite of the company.
    const batch = Array.from({ length: Math.min(AT_ONCE, cases - done) }, async (_, index) => {
      const [name, , run] = chance.one(wheel)
      count(report, `${name}, case ${done + index}`, name, await run())
    })
    await Promise.all(batch)
    if (done % 10_000 < AT_ONCE) onProgress(done)
  }
  report.perSecond = Math.round((cases * 1_000) / (performance.now() - startedAt))
  return report
}
