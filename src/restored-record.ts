import type { App } from './app.js'
import { newestCheckpoint } from './audit/checkpointing/service.js'
import { cameFromElsewhere, isOlderThan } from './audit/lineage/service.js'
import type { Signer } from './audit/signed-note.js'
import { stopScopes } from './mail/service.js'
import { GLOBAL } from './mail/valve.js'
import { inTx } from './platform/db.js'
import { Refusal } from './platform/errors.js'

/** What a restored database needs and nobody gave it, noticed before it does any harm. */
const FIRST = 'Run first: cordon restored --reason R (docs/operating.md, "Restore").'

/** A dump of another cluster: nothing that is recorded now would ever be sealed. */
export async function refuseForeignRecord(app: Pick<App, 'db'>): Promise<void> {
  if (!(await cameFromElsewhere(app))) return
  throw new Refusal(
    'service_unavailable',
    `This database is a dump that came from another cluster. ${FIRST}`,
  )
}

type Checked = Pick<App, 'db'> & { config: Pick<App['config'], 'checkpoints'> } & {
  log: Pick<App['log'], 'error'>
}

/** A checkpoint of ours saw more than is here: mail that left since would leave again. */
export async function stopOlderRecord(app: Checked, signer: Signer): Promise<void> {
  const newest = await newestCheckpoint(app.config.checkpoints.folder, [signer])
  if (!(await isOlderThan(app, newest))) return
  app.log.error('audit.older_than_checkpoint', { checkpoint: newest?.file ?? '' })
  const reason = `A checkpoint saw more than this database holds: it is older. ${FIRST}`
  await inTx(app.db, (tx) => stopScopes(tx, [{ scope: GLOBAL, reason }]))
}
