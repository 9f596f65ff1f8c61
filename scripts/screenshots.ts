import { type ChildProcess, spawn } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { parseArgs } from 'node:util'
import type { Page } from 'playwright-core'
import { freePort } from '../src/platform/embedded-postgres.js'
import { openBrowser } from '../test/support/browser.js'

// Every screen of the console as a picture, on the data of the demo.

const { values } = parseArgs({
  options: { out: { type: 'string', default: 'screenshots' }, phone: { type: 'boolean' } },
})
const SIZE = values.phone ? { width: 390, height: 844 } : { width: 1280, height: 800 }
const LOOKS = ['light', 'dark'] as const

type Shot = { name: string; go(page: Page): Promise<void> }

/** A screen is there, and nothing of it is still on its way. */
async function settled(page: Page): Promise<void> {
  await page.getByRole('heading', { level: 1 }).waitFor()
  await page.waitForFunction(() => {
    // biome-ignore lint/suspicious/noExplicitAny: this runs in the page, whose types are not here
    const { document } = globalThis as any
    return !/Loading …/.test(document.body.textContent)
  })
}

const at = (name: string, path: string, title: string): Shot => ({
  name,
  go: async (page) => {
    await page.goto(new URL(path, page.url()).href)
    await page.getByRole('heading', { level: 1, name: title }).waitFor()
    await settled(page)
  },
})

const follow = (name: string, link: RegExp | string, from: Shot): Shot => ({
  name,
  go: async (page) => {
    await from.go(page)
    const before = page.url()
    await page.getByRole('main').getByRole('link', { name: link }).first().click()
    await page.waitForURL((url) => url.href !== before)
    await settled(page)
  },
})

/** What a key leads to. */
const byKey = (name: string, key: string, from: Shot): Shot => ({
  name,
  go: async (page) => {
    await from.go(page)
    const before = page.url()
    await page.keyboard.press(key)
    await page.waitForURL((url) => url.href !== before)
    await settled(page)
  },
})

const incidents = at('incidents', '/', 'Incidents')
const incident = follow('incident', /^Index mail/, incidents)
const cases = at('cases', '/cases', 'Cases')
const SHOTS: readonly Shot[] = [
  incidents,
  incident,
  follow('sweep', /^swp_/, incident),
  cases,
  byKey('case', 'n', cases),
  at('mail', '/mail', 'Mail'),
  at('accounts', '/accounts', 'Accounts'),
  at('audit', '/audit', 'Audit'),
  at('staff', '/staff', 'Staff and keys'),
  at('keys', '/staff/keys', 'Staff and keys'),
  at('me', '/me', 'Your access'),
  at('glossary', '/glossary', 'Glossary'),
]

type Demo = { process: ChildProcess; url: string; email: string; password: string; code: string }

/** The demo, up and with people who may sign in. */
async function startDemo(dataDir: string): Promise<Demo> {
  const [staff, open] = [await freePort(), await freePort()]
  const child = spawn(process.execPath, ['dist/cli.js', 'demo'], {
    env: {
      ...process.env,
      CORDON_DATA_DIR: dataDir,
      STAFF_ADDR: `127.0.0.1:${staff}`,
      PUBLIC_ADDR: `127.0.0.1:${open}`,
    },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  let person: string[] = []
  for await (const line of createInterface({ input: child.stdout })) {
    if (line.includes('ada@')) person = line.trim().split(/\s+/)
    if (line.includes('Ctrl-C')) break
  }
  child.stdout.resume()
  const [email = '', password = '', code = ''] = person
  return { process: child, url: `http://127.0.0.1:${staff}`, email, password, code }
}

async function take(demo: Demo, folder: string): Promise<void> {
  const browser = await openBrowser()
  try {
    const context = await browser.newContext({ viewport: SIZE, reducedMotion: 'reduce' })
    const page = await context.newPage()
    await page.goto(demo.url)
    await page.getByRole('textbox', { name: 'E-mail' }).waitFor()
    await both(page, folder, 'sign-in')
    await page.getByLabel('E-mail').fill(demo.email)
    await page.getByRole('textbox', { name: 'Password' }).fill(demo.password)
    await page.getByRole('textbox', { name: 'Code' }).fill(demo.code)
    await page.keyboard.press('Enter')
    await page.getByRole('heading', { level: 1, name: 'Incidents' }).waitFor()
    for (const shot of SHOTS) {
      await shot.go(page)
      await both(page, folder, shot.name)
    }
  } finally {
    await browser.close()
  }
}

async function both(page: Page, folder: string, name: string): Promise<void> {
  for (const colorScheme of LOOKS) {
    await page.emulateMedia({ colorScheme })
    await page.screenshot({ path: join(folder, `${name}-${colorScheme}.png`), fullPage: true })
  }
  process.stderr.write(`  ${name}\n`)
}

const dataDir = mkdtempSync(join(tmpdir(), 'cordon-screenshots-'))
mkdirSync(values.out, { recursive: true })
const demo = await startDemo(dataDir)
try {
  await take(demo, values.out)
  console.log(`${(SHOTS.length + 1) * LOOKS.length} pictures are in ${values.out}`)
} finally {
  demo.process.kill('SIGTERM')
  await new Promise((gone) => demo.process.once('exit', gone))
  rmSync(dataDir, { recursive: true, force: true })
}
