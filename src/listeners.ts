import { join } from 'node:path'
import type { App } from './app.js'
import { openInbox } from './logins/receiving/service.js'
import { keyOfSecret, type LiveSecret } from './logins/receiving/signature.js'
import { listen } from './platform/http/server.js'
import { buildPublicApp } from './public-listener.js'
import { startReturnsListener } from './returns-listener.js'
import { liveSecrets } from './staff/keys/service.js'
import { buildStaffApp } from './staff-listener.js'
import { openFeeds } from './sweeps/following/service.js'

/** A stored secret is well formed: Cordon made it. */
async function secretsOf(app: App): Promise<LiveSecret[]> {
  const secrets = await liveSecrets(app)
  return secrets.flatMap(({ sourceNo, secret }) => {
    const key = keyOfSecret(secret)
    return key ? [{ sourceNo, key }] : []
  })
}

const staffExtras = ({ config }: App) => ({
  uploadFolder: join(config.dataDir, 'uploads'),
  outbound: config.events,
  trustedProxies: config.trustedProxies,
})

/** Whoever sends a list of a gigabyte over a slow line may take this long. */
const UPLOAD_MS = 30 * 60_000

export type Listeners = {
  staff: string
  public: string
  /** Where bounces arrive, when they are taken in. */
  returns: string | undefined
  close(): Promise<void>
}

/** Opens all listeners, on different origins. Refuses with `port_taken`. */
export async function startListeners(app: App): Promise<Listeners> {
  const lookUp = await app.places()
  const inbox = openInbox({ ...app, lookUp, liveSecrets: () => secretsOf(app) })
  const stop = new AbortController()
  const issuer = app.sender.publicUrl
  const publicApp = buildPublicApp({
    ...app,
    trustedProxies: app.config.trustedProxies,
    inbox,
    issuer,
    stopping: stop.signal,
  })
  const publicListener = await listen(publicApp, app.config.public)
  const origins = { public: app.config.public.url ?? publicListener.url, staff: '' }
  const feeds = openFeeds(app)
  let returns: Awaited<ReturnType<typeof startReturnsListener>>
  try {
    returns = await startReturnsListener(app)
    const staffApp = buildStaffApp({ ...app, ...staffExtras(app), feeds, origins: () => origins })
    const staffListener = await listen(staffApp, app.config.staff, { requestTimeout: UPLOAD_MS })
    origins.staff = app.config.staff.url ?? staffListener.url
    return {
      staff: staffListener.url,
      public: publicListener.url,
      returns: returns?.url,
      close: async () => {
        stop.abort()
        await returns?.close()
        await feeds.close()
        await Promise.all([publicListener.close(), staffListener.close()])
        await inbox.close()
      },
    }
  } catch (error) {
    await returns?.close()
    await publicListener.close()
    throw error
  }
}
