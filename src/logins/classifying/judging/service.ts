import { record } from '../../../audit/service.js'
import type { Tx } from '../../../platform/db.js'
import type { Catalogue } from '../../catalogue.js'
import { automation } from '../../detectors/automation.js'
import { bruteForce } from '../../detectors/brute-force.js'
import { credentialStuffing } from '../../detectors/credential-stuffing.js'
import { distributedSpraying } from '../../detectors/distributed-spraying.js'
import { flood } from '../../detectors/flood.js'
import { manySources } from '../../detectors/many-sources.js'
import { passwordSpraying } from '../../detectors/password-spraying.js'
import { successAfterAttack } from '../../detectors/success-after-attack.js'
import type { Signal } from '../../signal.js'
import type { SourceWindow } from '../../windows.js'
import * as counting from '../counting/store.js'
import * as marking from '../marking/store.js'
import * as store from '../store.js'
import type { Changed } from '../stretches.js'
import * as successes from '../successes/store.js'
import * as tallying from '../tallying/store.js'
import { extent, type Scope, type Touched, touch } from '../touched.js'

type Found = { signals: Signal[]; kinds: marking.SignalKindWindow[] }
export type Detect = (tx: Tx, scope: Scope, catalogue: Catalogue) => Promise<Found>
/**
 * Classifies a scope: familiar places first, then bursts, then the failures they describe, then the
 * logins after them. Each step depends on the ones before and on stored attempts only.
 */
export async function classify(
  tx: Tx,
  { scope, catalogue, detect }: { scope: Scope; catalogue: Catalogue; detect: Detect },
): Promise<{ raised: number; attacked: bigint[] }> {
  const wider = await recognise(tx, scope, catalogue)
  const whole = extent(wider)
  if (!whole) return { raised: 0, attacked: [] }
  const found = await detect(tx, wider, catalogue)
  const refuted = await marking.deleteRefuted(tx, wider, found.kinds, found.signals)
  const { changed, raised } = await marking.upsertSignals(tx, found.signals, whole.from)
  const all = [...refuted, ...changed]
  const flips = await marking.markFailures(tx, [...all, ...wider.recognised], whole)
  const entered = await judgeLogins(tx, { scope: wider, flips, changed: all, catalogue })
  if (raised + entered.raised > 0) await recordRaised(tx, raised + entered.raised)
  const attacked = flips.flatMap(({ accountNo, hostile }) =>
    hostile && accountNo !== null ? [accountNo] : [],
  )
  return {
    raised: raised + entered.raised,
    attacked: [...new Set([...attacked, ...entered.accounts])],
  }
}

const recordRaised = (tx: Tx, raised: number) =>
  record(tx, {
    kind: 'signals.raised',
    actor: 'cordon',
    subject: 'attempts:all',
    detail: { raised },
  })

type Recognised = Scope & { recognised: Changed[] }

/**
 * Notes which failures came from their account's own places. Where an earlier failure changed with a
 * login that arrived late, its source is looked at again too.
 */
async function recognise(tx: Tx, scope: Scope, catalogue: Catalogue): Promise<Recognised> {
  const flipped = await marking.markFamiliar(tx, scope, catalogue.ownNetworks)
  const recognised = flipped.map(({ accountNo, ip, at }) => ({
    accountNo,
    ip,
    asn: null,
    from: at,
    until: at,
  }))
  if (scope.kind === 'span') return { ...scope, recognised }
  await store.askWideLook(tx, flipped)
  const touched: Touched = {
    accounts: new Map(scope.touched.accounts),
    addresses: new Map(scope.touched.addresses),
    networks: new Map(scope.touched.networks),
    systems: scope.touched.systems,
    platform: scope.touched.platform,
  }
  for (const { accountNo, ip, network, at } of flipped) {
    const span = { from: at, until: at }
    if (accountNo !== null) touch(touched.accounts, accountNo, span)
    touch(touched.addresses, ip, span)
    touch(touched.networks, network, span)
  }
  return { kind: 'touched', touched, recognised }
}

/** Bursts on accounts and from addresses and their networks. */
export const narrowSignals: Detect = async (tx, scope, catalogue) => {
  const { bruteForce: brute, manySources: many, automation: automatic } = catalogue
  const onAccounts = await counting.accountWindows(tx, scope, {
    minutes: brute.windowMinutes,
    failures: brute.failures,
  })
  const fromMany = await counting.accountWindows(tx, scope, {
    minutes: many.windowMinutes,
    failures: many.failures,
  })
  const pairs = await counting.pairWindows(tx, scope, {
    minutes: automatic.windowMinutes,
    failures: automatic.tries,
  })
  const signals = [
    ...onAccounts.map((window) => bruteForce(window, catalogue)),
    ...fromMany.map((window) => manySources(window, catalogue)),
    ...pairs.map((window) => automation(window, catalogue)),
    ...(await sourceSignals(tx, scope, { catalogue, level: 'address' })),
    ...(await sourceSignals(tx, scope, { catalogue, level: 'network' })),
  ]
  return {
    signals: signals.filter((signal) => signal !== undefined),
    kinds: [
      { kind: 'brute_force', minutes: brute.windowMinutes, of: 'account' },
      { kind: 'many_sources', minutes: many.windowMinutes, of: 'account' },
      { kind: 'automation', minutes: automatic.windowMinutes, of: 'account' },
      ...sourceKinds(catalogue, 'address'),
    ],
  }
}

/** Bursts from autonomous systems and, as far as it is tallied, over the whole platform. */
export const wideSignals: Detect = async (tx, scope, catalogue) => {
  const { windowMinutes: minutes, failures } = catalogue.distributedSpraying
  const busy = await tallying.platformWindows(tx, scope, { minutes, failures })
  const signals = [
    ...busy.map((window) => distributedSpraying(window, catalogue)),
    ...(await sourceSignals(tx, scope, { catalogue, level: 'system' })),
  ]
  return {
    signals: signals.filter((signal) => signal !== undefined),
    kinds: [
      { kind: 'distributed_spraying', minutes, of: 'platform' },
      ...sourceKinds(catalogue, 'system'),
    ],
  }
}

const sourceKinds = (
  { credentialStuffing, passwordSpraying }: Catalogue,
  of: 'address' | 'system',
): marking.SignalKindWindow[] => [
  { kind: 'credential_stuffing', minutes: credentialStuffing.windowMinutes, of },
  { kind: 'password_spraying', minutes: passwordSpraying.windowMinutes, of },
  { kind: 'flood', minutes: passwordSpraying.windowMinutes, of },
]

async function sourceSignals(
  tx: Tx,
  scope: Scope,
  { catalogue, level }: { catalogue: Catalogue; level: SourceWindow['level'] },
): Promise<(Signal | undefined)[]> {
  const { credentialStuffing: stuffing, passwordSpraying: spraying } = catalogue
  const stuffed = await counting.sourceWindows(tx, scope, {
    level,
    minutes: stuffing.windowMinutes,
    failures: stuffing[level].failures,
  })
  const sprayed = await counting.sourceWindows(tx, scope, {
    level,
    minutes: spraying.windowMinutes,
    failures: spraying[level].failures,
  })
  return [
    ...stuffed.map((window) => credentialStuffing(window, catalogue)),
    ...sprayed.flatMap((window) => [passwordSpraying(window, catalogue), flood(window, catalogue)]),
  ]
}

type Judging = {
  scope: Scope
  flips: readonly marking.FlippedMark[]
  changed: readonly Changed[]
  catalogue: Catalogue
}

/** Judges the logins that worked and that something now touches: their account, or their source. */
async function judgeLogins(
  tx: Tx,
  { scope, flips, changed, catalogue }: Judging,
): Promise<{ raised: number; accounts: bigint[] }> {
  const accounts = new Map(
    scope.kind === 'touched'
      ? scope.touched.accounts
      : await successes.attackedAccounts(tx, scope.span),
  )
  for (const { accountNo, at } of flips) {
    if (accountNo !== null) touch(accounts, accountNo, { from: at, until: at })
  }
  const sources = changed.flatMap(({ accountNo, ip, from, until }) =>
    accountNo === null && ip !== null ? [{ ip, from, until }] : [],
  )
  if (accounts.size === 0 && sources.length === 0) return { raised: 0, accounts: [] }
  const { withinMinutes } = catalogue.successAfterAttack
  const suspects = await successes.suspectLogins(tx, { accounts, sources }, withinMinutes)
  const judged = suspects.map((login) => ({ login, signal: successAfterAttack(login, catalogue) }))
  await successes.deleteCleared(tx, judged)
  const entered = judged.flatMap(({ signal }) => signal ?? [])
  const { raised } = await marking.upsertSignals(tx, entered, new Date(0))
  return { raised, accounts: await successes.markLogins(tx, judged) }
}
