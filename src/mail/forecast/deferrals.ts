/**
 * The share of mails that a provider puts off at the first attempt. No provider publishes one, so
 * these are assumptions, each with the mechanism it rests on (`reference/mail.md` §3 names the
 * replies). A forecast is as good as they are; what lanes really did is in the report.
 */
export type DeferralShare = { lane: RegExp; share: number; source: string }

export const DEFERRAL_SHARES: readonly DeferralShare[] = [
  { lane: /google|gmail/, share: 0.01, source: 'assumed: 421 4.7.28 while a sender is new' },
  { lane: /outlook|microsoft/, share: 0.02, source: 'assumed: 451 4.7.650 by reputation (S775)' },
  { lane: /yahoo/, share: 0.05, source: 'assumed: [TS01] to [TSS05] for addresses new to Yahoo' },
  { lane: /apple|icloud/, share: 0.02, source: 'assumed: 451 4.7.1 at the top of the hour' },
  { lane: /gmx|web\.?de/, share: 0.02, source: 'assumed: 421 too many messages, by the hour' },
  { lane: /qq|tencent/, share: 0.08, source: 'assumed: 550 frequency limited means later' },
  {
    lane: /netease|163/,
    share: 0.08,
    source: 'assumed: 421 HL:IFC, 451 DT:SPM within two minutes',
  },
  { lane: /orange|wanadoo/, share: 0.03, source: 'assumed: 421 trop de connexions' },
  { lane: /^(domain|mx):/, share: 0.03, source: 'assumed: greylisting, common among small hosts' },
]

const OTHERS = 0.01

/** By the lane's name: a provider's, or `mx:` or `domain:` for the many small ones. */
export const deferralShareOf = (lane: string): number =>
  DEFERRAL_SHARES.find((known) => known.lane.test(lane))?.share ?? OTHERS
