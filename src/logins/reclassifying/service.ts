import { createHash } from 'node:crypto'
import { record } from '../../audit/service.js'
import { type Db, inTx, type Tx } from '../../platform/db.js'
import { Refusal } from '../../platform/errors.js'
import { type Catalogue, catalogueVersion } from '../catalogue.js'
import { classify, narrowSignals, wideSignals } from '../classifying/judging/service.js'
import { activeCatalogue, lock, lockTally } from '../classifying/store.js'
import { tally } from '../classifying/tallying/store.js'
import * as store from './store.js'

export type Difference = {
  from: string
  to: string
  signals: store.KindDifference[]
  accounts: store.AccountDifference
  switchedOn: boolean
}

/**
 * Judges all of stored history by a catalogue and tells what changes. Without `switchOn` nothing of
 * it lasts; with it the catalogue judges from now on. Both are the same statements. Refuses with
 * `catalogue_invalid` when its version was used with other content.
 */
export async function reclassify(
  { db }: { db: Db },
  catalogue: Catalogue,
  { switchOn, actor }: { switchOn: boolean; actor: string },
): Promise<Difference> {
  return inTx(db, async (tx) => {
    await lockTally(tx)
    await lock(tx)
    await store.beginTrial(tx)
    const difference = await compare(tx, catalogue)
    if (switchOn) await switchTo(tx, catalogue, actor)
    else await store.undoTrial(tx)
    return { ...difference, switchedOn: switchOn }
  })
}

async function compare(tx: Tx, catalogue: Catalogue): Promise<Omit<Difference, 'switchedOn'>> {
  const from = catalogueVersion(await activeCatalogue(tx))
  await store.keepBefore(tx)
  const span = await store.historySpan(tx)
  if (span) {
    await store.forgetTallies(tx)
    const scope = { kind: 'span', span } as const
    await classify(tx, { scope, catalogue, detect: narrowSignals })
    await tally(tx, scope, catalogue.distributedSpraying.windowMinutes)
    await classify(tx, { scope, catalogue, detect: wideSignals })
  }
  const signals = await store.signalDifferences(tx)
  const accounts = await store.accountDifference(tx)
  return { from, to: catalogueVersion(catalogue), signals, accounts }
}

async function switchTo(tx: Tx, catalogue: Catalogue, actor: string): Promise<void> {
  const version = catalogueVersion(catalogue)
  const sha256 = createHash('sha256').update(JSON.stringify(catalogue)).digest('hex')
  if (!(await store.switchOn(tx, { version, sha256, body: catalogue }))) {
    throw new Refusal(
      'catalogue_invalid',
      `${version} was used before with other content. Give the changed catalogue a higher version.`,
    )
  }
  await store.askAboutNewlyAttacked(tx)
  await record(tx, {
    kind: 'catalogue.switched',
    actor,
    subject: `catalogue:${version}`,
    detail: { sha256 },
  })
}

/** The catalogue that judges now. */
export const currentCatalogue = (tx: Tx): Promise<Catalogue> => activeCatalogue(tx)
