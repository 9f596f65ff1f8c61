import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { openApp } from '../../src/app.js'
import { readConfig } from '../../src/config.js'
import { wipeEmbeddedPostgres } from '../../src/platform/embedded-postgres.js'
import { type Call, callsOf, credentialsBy } from './calls.js'
import { startTarget, type Target } from './cordon.js'
import { startFlawedServer } from './flawed-server.js'
import { type Front, startFront } from './front.js'
import { sqlmap } from './sqlmap.js'
import { describe, type Part, type Result, resultOf } from './summary.js'
import { type Finding, isInstalled } from './tool.js'
import { wapiti } from './wapiti.js'

const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '15' },
    json: { type: 'boolean', default: false },
  },
})
const minutes = Number(values.minutes)
if (!(minutes > 0)) {
  console.error('usage: npm run scan -- [--minutes N] [--json]')
  process.exit(2)
}
const missing = ['wapiti', 'sqlmap'].filter((program) => !isInstalled(program))
if (missing.length > 0) {
  console.error(`Not installed: ${missing.join(', ')}. On Debian: apt-get install -y wapiti sqlmap`)
  process.exit(2)
}

const startedAt = Date.now()
const endsAt = startedAt + minutes * 60_000
const RENEW_SESSION_MS = 3 * 60_000
const AT_ONCE = 2
const say = (what: string) => {
  const seconds = Math.round((Date.now() - startedAt) / 1_000)
  console.error(`  ${String(seconds).padStart(4)} s  ${what}`)
}

const folder = mkdtempSync(join(tmpdir(), 'cordon-scan-'))
const dataDir = join(folder, 'data')
mkdirSync(dataDir)
const config = readConfig({
  CORDON_DATA_DIR: dataDir,
  PUBLIC_ADDR: '127.0.0.1:0',
  STAFF_ADDR: '127.0.0.1:0',
  LOG_LEVEL: 'silent',
  FOUR_EYES: 'off',
})

/** The scanners against a server that is known to be flawed. */
async function proveAlive(databaseUrl: string, target: Target): Promise<Part[]> {
  const flawed = await startFlawedServer(databaseUrl)
  const front = await startFront(flawed.url, target, () => 'nobody')
  const options = { folder, endsAt }
  try {
    say('the flawed server: what both scanners must find')
    const body = { type: 'application/json', marked: '{"word":"cordon*"}' }
    const [byQuery, byBody, page] = await Promise.all([
      sqlmap(
        front.url,
        { method: 'GET', path: '/search', marked: '/search?word=cordon*' },
        options,
      ),
      sqlmap(front.url, { method: 'POST', path: '/search', marked: '/search', body }, options),
      wapiti(front.url, ['/greet?name=ann'], { ...options, name: 'flawed', modules: 'xss' }),
    ])
    const isXssFound = page.findings.some(({ what }) => /cross.site scripting/i.test(what))
    const alive = (what: string, tool: string, isFound: boolean): Part => ({
      what,
      tool,
      verdict: isFound ? 'found' : 'NOT FOUND',
      isGood: isFound,
    })
    return [
      alive('flawed server, SQL by query', 'sqlmap', byQuery.verdict === 'injectable'),
      alive('flawed server, SQL by JSON body', 'sqlmap', byBody.verdict === 'injectable'),
      alive('flawed server, reflected script', 'wapiti', isXssFound),
    ]
  } finally {
    await front.close()
    await flawed.close()
  }
}

type Fronts = Record<Call['listener'], Front>

async function sqlmapAll(
  fronts: Fronts,
  calls: readonly Call[],
): Promise<{ parts: Part[]; findings: Finding[] }> {
  const waiting = calls.filter((call) => `${call.marked}${call.body?.marked ?? ''}`.includes('*'))
  const parts: Part[] = []
  const findings: Finding[] = []
  const work = async () => {
    for (let call = waiting.shift(); call; call = waiting.shift()) {
      const what = `${call.method} ${call.path}`
      const result = await sqlmap(fronts[call.listener].url, call, { folder, endsAt })
      findings.push(...result.findings)
      const isGood = result.verdict === 'clean'
      parts.push({ what, tool: 'sqlmap', verdict: result.verdict, isGood })
      say(`${what} as ${call.credential}: ${result.verdict}; ${waiting.length} to go`)
    }
  }
  await Promise.all(Array.from({ length: AT_ONCE }, work))
  return { parts, findings }
}

async function wapitiAll(fronts: Fronts, calls: readonly Call[]) {
  const parts: Part[] = []
  const findings: Finding[] = []
  const limit = Date.now() + (endsAt - Date.now()) * 0.45
  const scan = async (listener: Call['listener']) => {
    const paths = calls
      .filter((call) => call.listener === listener && call.method === 'GET')
      .map(({ plain }) => plain)
    const pages = listener === 'staff' ? ['/docs', '/openapi.json', '/healthz', ...paths] : paths
    const options = { name: listener, folder, endsAt: limit }
    const result = await wapiti(fronts[listener].url, pages, options)
    findings.push(...result.findings)
    const verdict = result.isFinished ? `${result.findings.length} findings` : 'unfinished'
    const what = `${listener} listener, ${pages.length} starts`
    parts.push({ what, tool: 'wapiti', verdict, isGood: result.isFinished })
    say(`wapiti, ${what}: ${verdict}`)
  }
  await Promise.all([scan('staff'), scan('public')])
  return { parts, findings }
}

async function scan(target: Target, databaseUrl: string): Promise<Result> {
  const alive = await proveAlive(databaseUrl, target)
  const document = await (await fetch(`${target.staff}/openapi.json`)).json()
  const calls = callsOf(document, target)
  const as = credentialsBy(calls)
  const fronts = {
    staff: await startFront(target.staff, target, as),
    public: await startFront(target.public, target, as),
  }
  const renewing = setInterval(() => void target.renewSession(), RENEW_SESSION_MS)
  try {
    say(`wapiti on both listeners, ${calls.length} calls known`)
    const byWapiti = await wapitiAll(fronts, calls)
    say('sqlmap on every call that takes a text')
    const bySqlmap = await sqlmapAll(fronts, calls)
    return resultOf({
      parts: [...alive, ...byWapiti.parts, ...bySqlmap.parts],
      findings: [...byWapiti.findings, ...bySqlmap.findings],
      seen: { staff: fronts.staff.seen, public: fronts.public.seen },
      seconds: Math.round((Date.now() - startedAt) / 1_000),
      folder,
    })
  } finally {
    clearInterval(renewing)
    await Promise.all([fronts.staff.close(), fronts.public.close()])
  }
}

try {
  say('starting Cordon')
  const app = await openApp(config)
  try {
    const target = await startTarget(app)
    const result = await scan(target, app.databaseUrl).finally(target.close)
    writeFileSync(join(folder, 'result.json'), `${JSON.stringify(result, null, 2)}\n`)
    console.log(values.json ? JSON.stringify(result) : describe(result))
    process.exitCode = result.passed ? 0 : 1
  } finally {
    await app.close()
  }
} finally {
  await wipeEmbeddedPostgres(dataDir)
  rmSync(dataDir, { recursive: true, force: true })
}
