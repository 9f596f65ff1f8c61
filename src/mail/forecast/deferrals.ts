/**
 * The share of mails that a provider puts off at the first attempt. No provider publishes one, so
 * these are assumptions, each with the mechanism it rests on (`reference/mail.md` §3 names the
 * replies). A forecast is as good as they are; what lanes really did is in the report.
 */
type DeferralShare = { lanes: readonly string[]; share: number; source: string }

export const DEFERRAL_SHARES: readonly DeferralShare[] = [
  { lanes: ['google'], share: 0.01, source: 'assumed: 421 4.7.28 while a sender is new' },
  {
    lanes: ['outlook', 'microsoft365'],
    share: 0.02,
    source: 'assumed: 451 4.7.650 by reputation (S775)',
  },
  {
    lanes: ['yahoo', 'yahoo_japan'],
    share: 0.05,
    source: 'assumed: [TS01] to [TSS05] for addresses new to Yahoo',
  },
  { lanes: ['apple'], share: 0.02, source: 'assumed: 451 4.7.1 at the top of the hour' },
  { lanes: ['gmx'], share: 0.02, source: 'assumed: 421 too many messages, by the hour' },
  { lanes: ['qq'], share: 0.08, source: 'assumed: 550 frequency limited means later' },
  { lanes: ['netease'], share: 0.08, source: 'assumed: 421 HL:IFC, 451 DT:SPM for two minutes' },
  { lanes: ['orange'], share: 0.03, source: 'assumed: 421 trop de connexions' },
]

const KNOWN = new Map(
  DEFERRAL_SHARES.flatMap(({ lanes, share }) => lanes.map((lane) => [lane, share] as const)),
)
/** Of the many small hosts: greylisting is common among them, 15 minutes as a rule (Momentum). */
const SMALL = 0.03
const OTHERS = 0.01

/** By the lane's name: a provider's, or `mx:` or `domain:` for the many small ones. */
export const deferralShareOf = (lane: string): number =>
  KNOWN.get(lane) ?? (/^(?:domain|mx):/.test(lane) ? SMALL : OTHERS)
