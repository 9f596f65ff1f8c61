import { gzipSync } from 'node:zlib'
import type { Browser, BrowserContext, Page } from 'playwright-core'
import type { App } from '../../src/app.js'
import { bring, openBrowser } from '../../test/support/browser.js'
import { openSession } from './cases.js'
import { type Line, median } from './measure.js'
import { end, serveCordon } from './served.js'

const VISITS = 5
/** The reviewers of the other measurements count from 0. */
const NOBODY_ELSE = 999
const DECISIONS = 40
const PATIENCE_MS = 20_000

/** The filled queue of a hundred thousand cases in a real browser: what it loads, and how soon it answers. */
export async function benchConsole(app: App): Promise<Line[]> {
  const served = await serveCordon(app, 'api')
  const browser = await openBrowser()
  try {
    const cookie = await openSession(app, served.staff, NOBODY_ELSE)
    const who = { url: served.staff, cookie }
    const visits: Visit[] = []
    for (let no = 0; no < VISITS; no += 1) visits.push(await visit(browser, who))
    return linesOf(visits, await decideByKey(browser, who))
  } finally {
    await browser.close()
    await end(served, 'SIGTERM')
  }
}

type Who = { url: string; cookie: string }
type Visit = { paintedMs: number; kilobytes: number }

/** The first visit of a browser that knows nothing yet. */
async function visit(browser: Browser, who: Who): Promise<Visit> {
  const context = await signedIn(browser, who)
  const page = await context.newPage()
  const scripts: Promise<number>[] = []
  page.on('response', (answer) => {
    if (answer.url().endsWith('.js'))
      scripts.push(answer.body().then((body) => gzipSync(body).length))
  })
  await openQueue(page, who)
  const paintedMs = await page.evaluate<number>(
    "performance.getEntriesByName('first-contentful-paint')[0].startTime",
  )
  const bytes = (await Promise.all(scripts)).reduce((sum, each) => sum + each, 0)
  await context.close()
  return { paintedMs, kilobytes: bytes / 1_000 }
}

// Both run in the page, which allows no other way of evaluating text.
const ON_KEY =
  "addEventListener('keydown', () => { globalThis.chosenAt = performance.now() }, { once: true, capture: true })"
const untilNext = (before: string) => `new Promise((resolve, reject) => {
  const look = () => {
    const heading = document.querySelector('h1')?.textContent ?? ''
    const waited = performance.now() - globalThis.chosenAt
    if (heading !== ${JSON.stringify(before)} && heading.startsWith('case-')) resolve(waited)
    else if (waited > ${PATIENCE_MS}) reject(new Error('No next case came.'))
    else requestAnimationFrame(look)
  }
  look()
})`

/** From the key that decides a case to the first frame with the heading of the next one. */
async function decideByKey(browser: Browser, who: Who): Promise<number[]> {
  const context = await signedIn(browser, who)
  const page = await context.newPage()
  await openQueue(page, who)
  await page.keyboard.press('n')
  const waits: number[] = []
  for (let no = 0; no < DECISIONS; no += 1) {
    await page.getByRole('button', { name: /^Keep the reset/, disabled: false }).waitFor()
    await page.keyboard.press('k')
    await page.getByRole('dialog').waitFor()
    const before = await page.getByRole('heading', { level: 1 }).textContent()
    await page.evaluate(ON_KEY)
    await page.keyboard.press('1')
    waits.push(await page.evaluate<number>(untilNext(before ?? '')))
  }
  await context.close()
  return waits
}

async function signedIn(browser: Browser, { url, cookie }: Who): Promise<BrowserContext> {
  const context = await browser.newContext()
  context.setDefaultTimeout(PATIENCE_MS)
  await bring(context, url, cookie)
  return context
}

async function openQueue(page: Page, { url }: Who): Promise<void> {
  await page.goto(`${url}/cases`)
  const rows = page.getByRole('link', { name: /^case-/ })
  await rows.first().waitFor()
}

function linesOf(visits: readonly Visit[], waits: readonly number[]): Line[] {
  const painted = median(visits.map(({ paintedMs }) => paintedMs))
  const weight = median(visits.map(({ kilobytes }) => kilobytes))
  const next = waits.toSorted((a, b) => a - b)[Math.floor(waits.length * 0.95)] ?? Number.NaN
  return [
    {
      what: 'console: first contentful paint',
      size: `the queue of 100,000 cases, median of ${VISITS} first visits`,
      value: painted,
      unit: 'ms',
      budget: '≤ 1,000 ms',
      met: painted <= 1_000,
      peakMiB: 0,
    },
    {
      what: 'console: scripts of the first screen',
      size: 'the queue, each compressed with gzip',
      value: weight,
      unit: 'kB',
      budget: '≤ 250 kB',
      met: weight <= 250,
      peakMiB: 0,
    },
    {
      what: 'console: key to next case, p95',
      size: `100,000 cases, ${waits.length} decisions, median ${median(waits).toFixed(0)} ms`,
      value: next,
      unit: 'ms',
      budget: '≤ 150 ms',
      met: next <= 150,
      peakMiB: 0,
    },
  ]
}
