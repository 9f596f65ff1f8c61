import type { Log } from '../../platform/log.js'
import { startLoop } from '../../platform/loop.js'
import { type CheckpointDeps, openCheckpoints } from './service.js'

/** A little under the minute that is promised, so that a slow disk does not break the promise. */
const EVERY_MS = 50_000

/**
 * Writes checkpoints until closed, the first at once. What fails is logged and tried again.
 * `finish` writes the last one, of what was sealed after the loop ended.
 */
export function startCheckpoints(deps: CheckpointDeps & { log: Log }) {
  const checkpoints = openCheckpoints(deps)
  const onError = (error: unknown) =>
    deps.log.error('audit.checkpoint_failed', { because: reasonOf(error) })
  const loop = startLoop(
    async () => {
      await checkpoints.write()
      return false
    },
    { idleMs: EVERY_MS, onError },
  )
  return {
    close: loop.close,
    finish: (): Promise<unknown> => checkpoints.write().catch(onError),
  }
}

/** A code such as ENOSPC or EACCES; a message may name more than the log should. */
function reasonOf(error: unknown): string {
  const { code, name } = error as Partial<NodeJS.ErrnoException>
  return code ?? name ?? 'unknown'
}
