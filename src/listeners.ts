import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import type { App } from './app.js'
import { postAttempts } from './contract/login-attempts.js'
import { openInbox } from './logins/receiving/service.js'
import { keyOfSecret, type LiveSecret } from './logins/receiving/signature.js'
import type { Turnstile } from './platform/http/desk.js'
import { type Listener, listen } from './platform/http/server.js'
import { openPulse } from './platform/pulse.js'
import { buildPublicApp } from './public-listener.js'
import { startReturnsListener } from './returns-listener.js'
import { liveSecrets } from './staff/keys/service.js'
import { buildStaffApp } from './staff-listener.js'
import { type Feeds, openFeeds } from './sweeps/following/service.js'

/** A stored secret is well formed: Cordon made it. */
async function secretsOf(app: App): Promise<LiveSecret[]> {
  const secrets = await liveSecrets(app)
  return secrets.flatMap(({ sourceNo, secret }) => {
    const key = keyOfSecret(secret)
    return key ? [{ sourceNo, key }] : []
  })
}

/** Beside the built program, or what was built last when running from source. */
export const CONSOLE_FOLDER = join(import.meta.dirname, '../dist/console')

/**
 * Attempts come as fast as somebody tries passwords, and a process has one thread. 32 take 10 ms of it;
 * a thousand wait for half a second, unless it is slower than it was measured.
 */
const ATTEMPTS: Turnstile = { perTurn: 32, waiting: 1_000, lateMs: 750 }

const staffExtras = ({ config }: App) => ({
  consoleFolder: CONSOLE_FOLDER,
  uploadFolder: join(config.dataDir, 'uploads'),
  outbound: config.events,
  trustedProxies: config.trustedProxies,
})

/** Whoever sends a list of a gigabyte over a slow line may take this long. */
const UPLOAD_MS = 30 * 60_000

/** Whoever holds an idle connection has this long after the grace to notice that it should ask others. */
const LINGER_MS = 3_000

export type Listeners = {
  staff: string
  public: string
  /** Where bounces arrive, when they are taken in. */
  returns: string | undefined
  /**
   * Says at `/readyz` that others should be asked from now on, answers whoever comes meanwhile, and
   * then nobody who is not connected already.
   */
  leave(graceMs: number): Promise<void>
  close(): Promise<void>
}

/** Opens all listeners, on different origins. Refuses with `port_taken`. */
export async function startListeners(app: App): Promise<Listeners> {
  const lookUp = await app.places()
  const inbox = openInbox({ ...app, lookUp, liveSecrets: () => secretsOf(app) })
  const stop = new AbortController()
  const pulse = openPulse(app.databaseUrl)
  const drain = new AbortController()
  const draining = drain.signal
  const issuer = app.sender.publicUrl
  const publicApp = buildPublicApp({
    ...app,
    trustedProxies: app.config.trustedProxies,
    inbox,
    issuer,
    pulse,
    stopping: stop.signal,
    draining,
  })
  const publicListener = await listen(publicApp, app.config.public, {
    turnstiles: { [postAttempts.path]: ATTEMPTS },
  }).catch(async (error) => {
    await pulse.close()
    throw error
  })
  const origins = { public: app.config.public.url ?? publicListener.url, staff: '' }
  const feeds = openFeeds(app)
  let returns: Awaited<ReturnType<typeof startReturnsListener>>
  try {
    returns = await startReturnsListener(app)
    const staffApp = buildStaffApp({
      ...app,
      ...staffExtras(app),
      pulse,
      feeds,
      draining,
      origins: () => origins,
    })
    const staffListener = await listen(staffApp, app.config.staff, { requestTimeout: UPLOAD_MS })
    origins.staff = app.config.staff.url ?? staffListener.url
    const http = [publicListener, staffListener]
    return {
      staff: staffListener.url,
      public: publicListener.url,
      returns: returns?.url,
      ...ending({ http, feeds, returns, inbox, pulse, drain, stop }),
    }
  } catch (error) {
    await returns?.close()
    await publicListener.close()
    await pulse.close()
    throw error
  }
}

type Open = {
  http: readonly Listener[]
  feeds: Feeds
  returns: { close(): Promise<void> } | undefined
  inbox: { close(): Promise<void> }
  pulse: { close(): Promise<void> }
  drain: AbortController
  stop: AbortController
}

const ending = ({ http, feeds, returns, inbox, pulse, drain, stop }: Open) => ({
  async leave(graceMs: number) {
    drain.abort()
    for (const listener of http) listener.drain()
    await pause(graceMs)
    const lingering = http.map((listener) => listener.linger(LINGER_MS))
    stop.abort()
    await feeds.close() // who followed a sweep comes back at once: not to this process any more
    await Promise.all(lingering)
  },
  async close() {
    drain.abort()
    stop.abort()
    await returns?.close()
    const closing = http.map((listener) => listener.close())
    await feeds.close()
    await Promise.all(closing)
    await inbox.close()
    await pulse.close()
  },
})
