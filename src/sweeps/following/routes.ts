import type { Response } from 'express'
import { followSweep } from '../../contract/sweep-events.js'
import type { Db } from '../../platform/db.js'
import { type Route, serveRaw } from '../../platform/http/route.js'
import type { Log } from '../../platform/log.js'
import { recheck } from '../../staff/service.js'
import { getSweep } from '../control/service.js'
import type { Feeds, Sink } from './service.js'
import { resumeFrom } from './stream.js'

export type FollowingRouteDeps = { db: Db; log: Log; feeds: Feeds }

/** Followers of sweeps: the console's live view. */
export const followingRoutes: readonly Route<FollowingRouteDeps>[] = [
  serveRaw(followSweep, async ({ params, actor }, { req, res }, deps: FollowingRouteDeps) => {
    const { id: sweepId } = await getSweep(deps.db, params.id)
    const { authorization } = req.headers
    const leave = deps.feeds.follow({
      sweepId,
      actor: actor.id,
      after: resumeFrom(req.get('last-event-id')),
      sink: sinkOf(res),
      authorise: () => recheck(deps, { actor, authorization }, followSweep.allow),
    })
    res.on('close', leave)
    if (res.closed) leave() // they went while the sweep was looked up
  }),
]

function sinkOf(res: Response): Sink {
  let isOpen = false
  return {
    write(text) {
      if (!isOpen) res.type('text/event-stream').set('X-Accel-Buffering', 'no')
      isOpen = true
      return res.write(text)
    },
    onDrain: (then) => void res.once('drain', then),
    end: () => void res.end(),
  }
}
