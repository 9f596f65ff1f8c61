import * as calls from '../../contract/passkeys.js'
import { inTx } from '../../platform/db.js'
import { answer, type Route, serve } from '../../platform/http/route.js'
import { entered, ownSession, placeOf, type StaffDeps, staffIdOf } from '../routes.js'
import { passkeyView } from '../view.js'
import {
  addPasskey,
  listPasskeys,
  offerRegistration,
  offerSignIn,
  offerStepUp,
  removePasskey,
  renamePasskey,
  signInByPasskey,
  stepUpByPasskey,
} from './service.js'

const ownRoutes: readonly Route<StaffDeps>[] = [
  serve(calls.listPasskeys, async ({ actor }, { db }: StaffDeps) =>
    answer(200, { items: (await listPasskeys(db, staffIdOf(actor))).map(passkeyView) }),
  ),
  serve(calls.offerPasskey, async ({ actor }, deps: StaffDeps) =>
    answer(200, await offerRegistration(deps, staffIdOf(actor))),
  ),
  serve(calls.addPasskey, async ({ body, actor }, deps: StaffDeps) =>
    answer(201, passkeyView(await addPasskey(deps, { ...body, staffId: staffIdOf(actor) }))),
  ),
  serve(calls.renamePasskey, async ({ params, body, actor }, { db }: StaffDeps) => {
    const own = { ...params, ...body, staffId: staffIdOf(actor) }
    return answer(200, passkeyView(await inTx(db, (tx) => renamePasskey(tx, own))))
  }),
  serve(calls.removePasskey, async ({ params, actor }, { db }: StaffDeps) => {
    await inTx(db, (tx) => removePasskey(tx, { ...params, staffId: staffIdOf(actor) }))
    return answer(204, undefined)
  }),
]

const signInRoutes: readonly Route<StaffDeps>[] = [
  serve(calls.offerPasskeySignIn, async (_asked, deps: StaffDeps) =>
    answer(200, await offerSignIn(deps)),
  ),
  serve(calls.openSessionByPasskey, async ({ body, from }, deps: StaffDeps) => {
    const { credential, email, password } = body
    const byPassword =
      email === undefined || password === undefined
        ? {}
        : { byPassword: { email: email.trim().toLowerCase(), password } }
    const asked = { credential, ...byPassword, from: placeOf(from) }
    return answer(201, ...(await entered(deps, await signInByPasskey(deps, asked))))
  }),
  serve(calls.offerPasskeyStepUp, async ({ actor }, deps: StaffDeps) =>
    answer(200, await offerStepUp(deps, staffIdOf(actor))),
  ),
  serve(calls.stepUpByPasskey, async ({ body, actor, from }, deps: StaffDeps) => {
    const { id: sessionId, staffId } = await ownSession(deps, actor)
    const shown = { ...body, from: placeOf(from) }
    const token = await stepUpByPasskey(deps, { sessionId, staffId }, shown)
    return answer(200, ...(await entered(deps, token)))
  }),
]

/** Passkeys: people's own, and what they open. */
export const passkeyRoutes = [...ownRoutes, ...signInRoutes]
