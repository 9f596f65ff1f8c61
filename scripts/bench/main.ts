import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { cpus, loadavg, tmpdir, totalmem } from 'node:os'
import { join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import pg from 'pg'
import { type App, openApp } from '../../src/app.js'
import { readConfig } from '../../src/config.js'
import { readBuild } from '../../src/platform/build.js'
import { wipeEmbeddedPostgres } from '../../src/platform/embedded-postgres.js'
import { benchCases, fillQueue } from './cases.js'
import { drawChart } from './chart.js'
import { benchConsole } from './console.js'
import { benchDetection } from './detection.js'
import { analyze, fillDirectory, SCALES } from './directory.js'
import { benchExecution } from './execution.js'
import { benchForecast } from './forecast.js'
import { benchGrowth, type Growth } from './growth.js'
import { benchLists } from './lists.js'
import { benchMail } from './mail.js'
import { benchAdaptive, benchRateTruth } from './mail-lanes.js'
import { benchMailReads } from './mail-reads.js'
import { type Line, tableOf } from './measure.js'
import { benchOverload } from './overload.js'
import { pageOf } from './page.js'
import { benchPlanning } from './planning.js'
import { PUBLIC_URL } from './served.js'
import { benchStartUp } from './start-up.js'
import { benchTiming } from './timing.js'
import { benchValve } from './valve.js'
import { benchWatch } from './watch.js'
import { benchWebhook } from './webhook.js'

const PARTS = [
  'lists',
  'plan',
  'execute',
  'mail',
  'lanes',
  'valve',
  'mail-reads',
  'forecast',
  'detection',
  'webhook',
  'watch',
  'cases',
  'console',
  'timing',
  'overload',
  'start',
  'growth',
] as const

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    scale: { type: 'string', default: 'medium' },
    rounds: { type: 'string', default: '3' },
    requests: { type: 'string', default: '10000' },
    out: { type: 'string' },
    html: { type: 'string' },
    pictures: { type: 'string' },
    help: { type: 'boolean', default: false },
  },
})
const scale = SCALES[values.scale]
if (
  values.help ||
  !scale ||
  positionals.some((part) => !PARTS.includes(part as (typeof PARTS)[number]))
) {
  console.error(
    `usage: npm run bench -- [${PARTS.join('|')}]… [--scale ${Object.keys(SCALES).join('|')}] [--rounds N] [--requests N] [--out results.json] [--html results.html] [--pictures folder]`,
  )
  process.exit(values.help ? 0 : 2)
}
// Growth takes as long as all the rest, and measures no budget that the rest does not.
const usual = PARTS.filter((part) => part !== 'growth')
const wanted = new Set(positionals.length > 0 ? positionals : usual)
const say = (what: string) => console.error(`  ${what} …`)

const dataDir = mkdtempSync(join(tmpdir(), 'cordon-bench-'))
// Processes that serve must write the same links: the plan is approved with its mail texts.
const config = readConfig({
  CORDON_DATA_DIR: dataDir,
  PUBLIC_URL,
  FOUR_EYES: 'off',
  LOG_LEVEL: 'error',
})
const lines: Line[] = []
let growth: Growth = { charts: [], left: [] }

/** What needs a platform of its own, whose accounts nobody else counts. */
async function inItsOwnPlace<T>(work: (app: App) => Promise<T>, build = readBuild()): Promise<T> {
  const place = join(dataDir, 'apart')
  const app = await openApp({ ...config, dataDir: place }, build)
  try {
    return await work(app)
  } finally {
    await app.close()
    await wipeEmbeddedPostgres(place)
  }
}

try {
  if (wanted.has('lists')) {
    say('reading lists')
    lines.push(...(await benchLists(dataDir, scale)))
  }
  if (wanted.has('detection')) {
    say('a labelled month')
    lines.push(...(await inItsOwnPlace(benchDetection)))
  }
  if (wanted.has('growth')) {
    const built = readBuild(resolve('dist'))
    const full = scale.name === 'full'
    growth = await benchGrowth((work) => inItsOwnPlace(work, built), { full, say })
  }
  // Processes that serve are built programs, and a plan is for the build that carries it out.
  const app = await openApp(config, readBuild(resolve('dist')))
  const owner = new pg.Pool({ connectionString: app.databaseUrl, max: 2, options: '-c jit=off' })
  try {
    if (wanted.has('start')) {
      say('starting')
      lines.push(await benchStartUp(app))
    }
    if (wanted.has('plan') || wanted.has('execute') || wanted.has('watch')) {
      say(`filling a directory of ${scale.accounts.toLocaleString('en-US')} accounts`)
      await fillDirectory(owner, scale)
      await analyze(owner)
      say('planning')
      lines.push(
        await benchPlanning(app, owner, scale, wanted.has('plan') ? Number(values.rounds) : 1),
      )
    }
    if (wanted.has('execute') || wanted.has('watch')) {
      say('executing')
      lines.push(await benchExecution(app, scale))
    }
    if (wanted.has('watch')) {
      say('watching')
      lines.push(...(await benchWatch(app, owner)))
    }
    if (wanted.has('webhook')) {
      say('receiving login attempts')
      lines.push(...(await benchWebhook(app, owner, Number(values.rounds))))
    }
    if (wanted.has('cases') || wanted.has('console') || wanted.has('overload')) {
      say('filling the queue of cases')
      await fillQueue(owner)
    }
    if (wanted.has('cases')) {
      say('working through cases')
      lines.push(...(await benchCases(app, owner)))
    }
    if (wanted.has('console')) {
      say('deciding cases in a browser')
      lines.push(...(await benchConsole(app)))
    }
    if (wanted.has('timing')) {
      say('signing in with wrong passwords')
      lines.push(...(await benchTiming(app, Number(values.requests))))
    }
    if (wanted.has('overload')) {
      say('asking for more than it can do')
      lines.push(...(await benchOverload(app, owner)))
    }
    if (wanted.has('forecast')) {
      say('foreseeing mail')
      lines.push(...(await benchForecast(app, owner, Math.max(200_000, scale.exposed))))
    }
    if (wanted.has('mail')) {
      say('mailing')
      lines.push(await benchMail(app, owner, scale), await benchMail(app, owner, scale, true))
    }
    if (wanted.has('lanes')) {
      say('one lane from eight processes')
      lines.push(await benchRateTruth(app, owner))
      say('finding a hidden limit')
      lines.push(...(await benchAdaptive(app, owner)))
    }
    if (wanted.has('valve')) {
      say('closing the mail valve')
      lines.push(...(await benchValve(app, owner)))
    }
    if (wanted.has('mail-reads')) {
      say('reading how far mail is')
      lines.push(...(await benchMailReads(app, owner)))
    }
  } finally {
    await owner.end()
    await app.close()
  }
} finally {
  await wipeEmbeddedPostgres(dataDir)
  rmSync(dataDir, { recursive: true, force: true })
}

console.log(tableOf(lines))
const machine = {
  cores: cpus().length,
  cpu: cpus()[0]?.model,
  memoryGiB: Math.round(totalmem() / 2 ** 30),
  node: process.version,
  load: loadavg()
    .map((load) => load.toFixed(1))
    .join(' '),
}
const results = { scale, machine, lines, ...growth }
for (const { name, chart } of values.pictures ? growth.charts : []) {
  writeFileSync(join(values.pictures ?? '', `${name}.svg`), `${drawChart(chart)}\n`)
}
if (values.html) writeFileSync(values.html, pageOf({ machine, lines, ...growth }))
if (values.out) writeFileSync(values.out, `${JSON.stringify(results, null, 2)}\n`)
else console.log(JSON.stringify(results))
if (lines.some(({ met }) => met === false)) process.exitCode = 1
