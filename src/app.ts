import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import type pg from 'pg'
import { sealEvents } from './audit/service.js'
import { openAll } from './cases/service.js'
import { type Config, encryptionKey } from './config.js'
import { ARRIVALS_AT_ONCE, classifyArrived, classifyWide } from './logins/classifying/service.js'
import type { LookUp } from './logins/place.js'
import { openInbox } from './logins/receiving/service.js'
import { keyOfSecret, type LiveSecret } from './logins/receiving/signature.js'
import { keepHouse } from './logins/retention/service.js'
import { type MailDeps, sendDue } from './mail/jobs.js'
import { mailRevision } from './mail/revision.js'
import type { Sender } from './mail/sender.js'
import { openWriter } from './mail/writing/jobs.js'
import { type Cipher, createCipher } from './platform/cipher.js'
import { type Db, openDatabase } from './platform/db.js'
import { startEmbeddedPostgres } from './platform/embedded-postgres.js'
import { Refusal } from './platform/errors.js'
import { openGeo } from './platform/geo.js'
import { forgetOldKeys } from './platform/http/idempotency.js'
import { listen } from './platform/http/server.js'
import { createLog, type Log } from './platform/log.js'
import { startLoop } from './platform/loop.js'
import { migrate } from './platform/migrate.js'
import { openQueue, type Queue } from './platform/queue.js'
import { Secret } from './platform/secret.js'
import { openTransport } from './platform/smtp.js'
import { startMailbox } from './platform/smtp-mailbox.js'
import { buildPublicApp } from './public-listener.js'
import { mintTokens, type ResetTerms } from './resets/service.js'
import { liveSecrets } from './staff/keys/service.js'
import { buildStaffApp } from './staff-listener.js'
import { openFeeds } from './sweeps/following/service.js'
import { planWaiting } from './sweeps/planning/jobs.js'
import { type ChunkJob, reconcile, runChunk } from './sweeps/running/jobs.js'
import { watchOnce } from './sweeps/watch/service.js'
import { parseAddress } from './values/address.js'

/** Everything a use case may need, made once from the configuration. Each takes the part it names. */
export type App = {
  config: Config
  databaseUrl: string
  db: Db
  pool: pg.Pool
  log: Log
  cipher: Cipher
  now: () => Date
  random: (bytes: number) => Uint8Array
  /** Where addresses are, from tables that are opened at the first use. */
  places: () => Promise<LookUp>
  fourEyes: boolean
  sender: Sender
  mailRevision: string
  resetTerms: ResetTerms
  /** `embedded_mailbox` delivers nowhere, and everything that speaks of mail says so. */
  transport: 'embedded_mailbox' | 'smtp'
  close(): Promise<void>
}

/**
 * Opens the database (the embedded one unless `DATABASE_URL` says otherwise), brings it up to date,
 * and composes the rest. Starts no listener and no worker.
 */
export async function openApp(config: Config): Promise<App> {
  const log = createLog(config.logLevel)
  const sender = senderOf(config)
  const server = config.databaseUrl
    ? { url: config.databaseUrl.reveal(), close: async () => undefined }
    : await startEmbeddedPostgres(config.dataDir)
  try {
    await migrate(server.url)
    const database = await openDatabase(server.url)
    return {
      config,
      databaseUrl: server.url,
      db: database.db,
      pool: database.pool,
      log,
      cipher: createCipher(encryptionKey(config)),
      now: () => new Date(),
      random: (bytes) => randomBytes(bytes),
      places: onceOnly(async () => (await openGeo(config.geo)).lookUp),
      fourEyes: config.fourEyes,
      sender,
      mailRevision: mailRevision(sender),
      resetTerms: {
        holdHours: config.resets.holdHours,
        enrolmentMinutes: 30,
        serviceName: config.mailFrom.name,
      },
      transport: config.smtpUrl ? 'smtp' : 'embedded_mailbox',
      close: async () => {
        await database.close()
        await server.close()
      },
    }
  } catch (error) {
    await server.close()
    throw error
  }
}

function onceOnly<T>(open: () => Promise<T>): () => Promise<T> {
  let opened: Promise<T> | undefined
  return () => {
    opened ??= open()
    return opened
  }
}

function senderOf({ mailFrom, public: listener, resets }: Config): Sender {
  const from = parseAddress(mailFrom.address)
  if ('rejected' in from) {
    throw new Refusal(
      'configuration_invalid',
      `MAIL_FROM holds no usable address (${from.rejected}).`,
    )
  }
  return {
    from: from.address,
    support: null,
    siteName: mailFrom.name,
    publicUrl: listener.url ?? `http://${listener.host}:${listener.port}`,
    linkHours: resets.tokenHours,
  }
}

export const mailboxFolder = (config: Pick<Config, 'dataDir'>): string =>
  join(config.dataDir, 'mailbox')

export type Workers = {
  /** Wakes the workers of any process for these chunks, and this process's mail. */
  nudge(jobs: readonly ChunkJob[]): Promise<void>
  /** Why the mail server takes nothing at the moment, in words for people. */
  mailRefusal(): string | undefined
  close(): Promise<void>
}

const CHUNKS_AT_ONCE = 2
const IDLE_MS = {
  mail: 500,
  sealing: 1_000,
  planning: 500,
  reconciling: 5_000,
  classifying: 150,
  surveying: 1_000,
  watching: 500,
  housekeeping: 3_600_000,
}

/** Plans, runs chunks, mail, classification, the watch, sealing and reconciling in this process until closed. */
export async function startWorkers(app: App): Promise<Workers> {
  const redisUrl = app.config.redisUrl?.reveal()
  const mail = await startMail(app)
  const queue = openQueue<ChunkJob>('sweeps', { databaseUrl: app.databaseUrl, redisUrl }, app.log)
  const nudge = async (jobs: readonly ChunkJob[]) => {
    await nudgeChunks(queue, jobs)
    mail.nudge()
  }
  const deps = { ...app, nudge }
  queue.work(
    async (job) => {
      await runChunk(deps, job)
      mail.nudge()
    },
    { concurrency: CHUNKS_AT_ONCE },
  )
  const note = (event: string) => (error: unknown) =>
    app.log.error(event, { because: error instanceof Error ? error.name : 'unknown' })
  const sealing = startLoop(async () => (await sealEvents(app)) > 0, {
    idleMs: IDLE_MS.sealing,
    onError: note('audit.sealing_failed'),
  })
  const reconciling = startLoop(
    async () => {
      await reconcile(deps)
      return false
    },
    { idleMs: IDLE_MS.reconciling, onError: note('sweep.reconciling_failed') },
  )
  const planning = startLoop(() => planWaiting(app), {
    idleMs: IDLE_MS.planning,
    onError: note('sweep.planning_failed'),
  })
  const watch = startWatch(app, { onProtected: mail.nudge, note })
  return {
    nudge,
    mailRefusal: mail.refusal,
    async close() {
      await watch.close()
      await planning.close()
      await reconciling.close()
      await queue.close()
      await mail.close()
      await sealing.close()
      await sealEvents(app)
    },
  }
}

type Note = (event: string) => (error: unknown) => void

/** Judges what arrives, acts on it for exposed accounts, and forgets what is old. */
function startWatch(app: App, { onProtected, note }: { onProtected: () => void; note: Note }) {
  const watching = startLoop(
    async () => {
      const { asked, applied } = await watchOnce(app)
      if (applied > 0) onProtected()
      return asked > 0
    },
    { idleMs: IDLE_MS.watching, onError: note('watch.failed') },
  )
  const classifying = startLoop(
    async () => {
      const { arrivals, attacked } = await classifyArrived(app)
      if (attacked > 0) watching.nudge()
      return arrivals >= ARRIVALS_AT_ONCE
    },
    { idleMs: IDLE_MS.classifying, onError: note('attempts.classifying_failed') },
  )
  const surveying = startLoop(
    async () => {
      const { attacked } = await classifyWide(app)
      if (attacked > 0) watching.nudge()
      return false
    },
    { idleMs: IDLE_MS.surveying, onError: note('attempts.classifying_failed') },
  )
  const housekeeping = startLoop(
    async () => {
      await keepHouse(app)
      await forgetOldKeys(app.db)
      return false
    },
    { idleMs: IDLE_MS.housekeeping, onError: note('attempts.housekeeping_failed') },
  )
  return {
    async close() {
      await housekeeping.close()
      await surveying.close()
      await classifying.close()
      await watching.close()
    },
  }
}

const nudgeChunks = (queue: Queue<ChunkJob>, jobs: readonly ChunkJob[]) =>
  queue.add(jobs.map((job) => ({ jobId: `${job.sweepId}-${job.no}`, payload: job })))

async function startMail(app: App) {
  const mailbox = app.config.smtpUrl ? undefined : await startMailbox(mailboxFolder(app.config))
  const transport = openTransport(app.config.smtpUrl ?? new Secret(mailbox?.url ?? ''))
  const stop = new AbortController()
  const writer = openWriter()
  const deps: MailDeps = {
    ...app,
    transport,
    write: writer.write,
    mint: mintFor(app),
    onUndeliverable,
  }
  let refusal: string | undefined
  const loop = startLoop(
    async () => {
      const counts = await sendDue(deps, stop.signal)
      refusal = undefined
      return counts.accepted + counts.rejected + counts.unknown > 0
    },
    {
      idleMs: IDLE_MS.mail,
      onError: (error) => {
        const because = error instanceof Error ? error.message : 'unknown'
        if (because !== refusal) app.log.error('mail.unavailable', { because })
        refusal = because
      },
    },
  )
  return {
    nudge: loop.nudge,
    refusal: () => refusal,
    async close() {
      stop.abort()
      await loop.close()
      transport.close()
      await writer.close()
      await mailbox?.close()
    },
  }
}

const mintFor =
  ({ sender }: App): MailDeps['mint'] =>
  (tx, resetNos) =>
    mintTokens(tx, resetNos, sender.linkHours)

/** A mail that did not arrive, or may not have, is a question for people. */
const onUndeliverable: MailDeps['onUndeliverable'] = (tx, { accountNo, sweepId, status }) =>
  openAll(
    tx,
    [
      {
        accountNo,
        sweepId,
        tier: 'undelivered',
        priority: 'high',
        score: 100,
        because: [`mail_${status}`],
      },
    ],
    'cordon',
  )

/** A stored secret is well formed: Cordon made it. */
async function secretsOf(app: App): Promise<LiveSecret[]> {
  const secrets = await liveSecrets(app)
  return secrets.flatMap(({ sourceNo, secret }) => {
    const key = keyOfSecret(secret)
    return key ? [{ sourceNo, key }] : []
  })
}

const staffExtras = ({ config }: App) => ({ uploadFolder: join(config.dataDir, 'uploads') })

/** Whoever sends a list of a gigabyte over a slow line may take this long. */
const UPLOAD_MS = 30 * 60_000

export type Listeners = { staff: string; public: string; close(): Promise<void> }

/** Opens both listeners, on different origins. Refuses with `port_taken`. */
export async function startListeners(app: App): Promise<Listeners> {
  const lookUp = await app.places()
  const inbox = openInbox({ ...app, lookUp, liveSecrets: () => secretsOf(app) })
  const publicListener = await listen(buildPublicApp({ ...app, inbox }), app.config.public)
  const feeds = openFeeds(app)
  const origins = { public: app.config.public.url ?? publicListener.url, staff: '' }
  try {
    const staffApp = buildStaffApp({ ...app, ...staffExtras(app), feeds, origins: () => origins })
    const staffListener = await listen(staffApp, app.config.staff, { requestTimeout: UPLOAD_MS })
    origins.staff = app.config.staff.url ?? staffListener.url
    return {
      staff: staffListener.url,
      public: publicListener.url,
      close: async () => {
        await feeds.close()
        await Promise.all([publicListener.close(), staffListener.close()])
        await inbox.close()
      },
    }
  } catch (error) {
    await publicListener.close()
    throw error
  }
}
