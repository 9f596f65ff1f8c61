import { existsSync } from 'node:fs'
import axe from 'axe-core'
import {
  type Browser,
  type BrowserContext,
  type BrowserContextOptions,
  chromium,
  type Page,
} from 'playwright-core'
import { CONSOLE_FOLDER } from '../../src/listeners.js'
import {
  PASSWORD,
  type Browser as Person,
  type Somebody,
  type StaffServer,
  startStaff,
} from './staff.js'

const WHERE = [
  process.env.CHROMIUM_PATH,
  '/usr/bin/chromium-headless-shell',
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
]
const QUIET = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
]

/** A real browser. Fails with what to do where there is none. */
export function openBrowser(): Promise<Browser> {
  const executablePath = WHERE.find((path) => path !== undefined && existsSync(path))
  if (!executablePath)
    throw new Error(
      'No browser is here. Install one (apt-get install -y chromium) or set CHROMIUM_PATH.',
    )
  return chromium.launch({ executablePath, args: QUIET })
}

/** The staff listener with the console that was built last. */
export const startConsole = (): Promise<StaffServer> =>
  startStaff(undefined, { consoleFolder: CONSOLE_FOLDER })

/** What a page did that it must not do, besides what a test looks at. */
export type Watched = Page & { complaints: string[] }

/** A page that keeps what the browser complains about: errors, and what its policy refused. */
export async function aPage(context: BrowserContext): Promise<Watched> {
  const complaints: string[] = []
  const page = await context.newPage()
  page.on('pageerror', (error) => complaints.push(String(error)))
  page.on('console', (said) => {
    // An answer of 4xx is an answer; the console shows it.
    if (said.type() === 'error' && !/^Failed to load resource/.test(said.text()))
      complaints.push(said.text())
  })
  return Object.assign(page, { complaints })
}

/** Signs in as a person does, on the page that is open. */
export async function enter(page: Page, somebody: Somebody): Promise<void> {
  await page.getByLabel('E-mail').fill(somebody.email)
  await page.getByRole('textbox', { name: 'Password' }).fill(PASSWORD)
  await page.getByRole('textbox', { name: 'Code' }).fill(await somebody.code())
  await page.keyboard.press('Enter')
}

/** A browser takes such a cookie over TLS only, and then sends it to the same host on this machine. */
export async function bring(context: BrowserContext, url: string, cookie: string): Promise<void> {
  const [name = '', value = ''] = cookie.split('=')
  const over = { url: url.replace('http:', 'https:'), secure: true, httpOnly: true } as const
  await context.addCookies([{ name, value, ...over, sameSite: 'Strict' }])
}

/** A page on which somebody is signed in, without the form: at `path` of the console. */
export async function pageOf(
  context: BrowserContext,
  { url }: StaffServer,
  { cookie, path = '/' }: { cookie: string; path?: string },
): Promise<Watched> {
  await bring(context, url, cookie)
  const page = await aPage(context)
  await page.goto(url + path)
  return page
}

type Opened = BrowserContextOptions & {
  path: string
  /** Its clock is the test's to turn: `page.clock.fastForward`. It runs as every clock until then. */
  hasClock?: boolean
}

export type ConsoleScene = {
  server: StaffServer
  browser: Browser
  /**
   * A page of the console on which somebody is signed in. Pages of the same person that look alike
   * share a browser's memory, as tabs do; an offline one has to be of its own (`browser.newContext`).
   */
  open(who: Pick<Person, 'cookie'>, opened: Opened): Promise<Watched>
}

/** What tests of the console begin and end with; `prepare` once both are there. */
export function aConsole(prepare?: () => Promise<void>): ConsoleScene {
  const contexts = new Map<string, Promise<BrowserContext>>()
  const scene = {
    async open({ cookie }, { path, hasClock = false, ...options }) {
      const name = JSON.stringify([cookie, hasClock, options])
      const made = contexts.get(name) ?? aContext(scene.browser, hasClock, options)
      contexts.set(name, made)
      const context = await made
      return pageOf(context, scene.server, { cookie, path })
    },
  } as ConsoleScene
  beforeAll(async () => {
    ;[scene.server, scene.browser] = await Promise.all([startConsole(), openBrowser()])
    await prepare?.()
  })
  afterAll(async () => {
    await scene.browser?.close()
    await scene.server?.close()
  })
  return scene
}

async function aContext(browser: Browser, hasClock: boolean, options: BrowserContextOptions) {
  const context = await browser.newContext(options)
  context.setDefaultTimeout(30_000)
  if (hasClock) await context.clock.install()
  return context
}

/** Until nothing fades or moves any more: colours are only then what they are. */
const settled = (page: Page) =>
  page.waitForFunction(() =>
    // biome-ignore lint/suspicious/noExplicitAny: this runs in the page, whose types are not here
    (globalThis as any).document.getAnimations().every((animation: any) => {
      const { iterations } = animation.effect.getComputedTiming()
      return animation.playState === 'finished' || iterations === Number.POSITIVE_INFINITY
    }),
  )

const WCAG = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa']

/** What axe finds wrong on the page as it is now, one line for each finding. */
export const violationsOf = (page: Page): Promise<string[]> =>
  found(page, { type: 'tag', values: WCAG })

/**
 * The same in light and in dark colours, on a page that follows what its reader's system prefers.
 * What is not about colours is the same in both, and looked at once.
 */
export async function violationsInBoth(page: Page): Promise<string[]> {
  const light = await violationsOf(page)
  await inColours(page, 'dark')
  const dark = await found(page, { type: 'rule', values: ABOUT_COLOURS })
  await inColours(page, 'light')
  return [...light, ...dark.map((each) => `dark: ${each}`)]
}

const ABOUT_COLOURS = ['color-contrast', 'link-in-text-block']

async function inColours(page: Page, colorScheme: 'light' | 'dark'): Promise<void> {
  await page.emulateMedia({ colorScheme })
  // The console follows by a script, other pages by their style sheet alone.
  const name = 'data-mantine-color-scheme'
  await page.locator(`html:not([${name}]), html[${name}="${colorScheme}"]`).waitFor()
}

type RunOnly = { type: 'tag' | 'rule'; values: readonly string[] }

async function found(page: Page, runOnly: RunOnly): Promise<string[]> {
  await settled(page)
  // biome-ignore lint/suspicious/noExplicitAny: this runs in the page, whose types are not here
  const isThere = await page.evaluate(() => (globalThis as any).axe !== undefined)
  if (!isThere) await page.evaluate(axe.source)
  const violations = await page.evaluate(async (only) => {
    // Nothing is fetched again, and only what fails is described.
    const how = { runOnly: only, preload: false, resultTypes: ['violations'] }
    // biome-ignore lint/suspicious/noExplicitAny: axe was put there by the line above
    const results = await (globalThis as any).axe.run(how)
    return results.violations as { id: string; nodes: { target: string[]; html: string }[] }[]
  }, runOnly)
  return violations.flatMap(({ id, nodes }) =>
    nodes.map(({ target, html }) => `${id}: ${target.join(' ')} ${html.slice(0, 120)}`),
  )
}

/** A phone; and 1280 by 800 at 200 %, which is what WCAG 2.2 §1.4.4 and §1.4.10 are about. */
export const SMALL = [
  { viewport: { width: 390, height: 844 } },
  { viewport: { width: 640, height: 400 }, deviceScaleFactor: 2 },
] as const

/**
 * What of the page cannot be seen whole on it as wide as it is now: the page where it scrolls
 * sideways, and whatever sticks out of it or of a frame that does not scroll.
 */
export async function cutOff(page: Page): Promise<string[]> {
  await settled(page)
  return page.evaluate(CUT_OFF)
}

/** Runs in the page. What one can scroll to is not cut; what is left of the page is put away. */
const CUT_OFF = `(() => {
  const over = document.documentElement.scrollWidth - innerWidth
  const scrolls = (element) => /auto|scroll/.test(getComputedStyle(element).overflowX)
  const isInside = (element) => element !== null && (scrolls(element) || isInside(element.parentElement))
  // What is there for listeners only is a box of one pixel.
  const isHeardOnly = (element) => element !== null
    && ((getComputedStyle(element).overflowX === 'hidden' && element.getBoundingClientRect().width <= 1)
      || isHeardOnly(element.parentElement))
  const isShown = (element) => {
    const { width, right } = element.getBoundingClientRect()
    return width > 1 && right > 0 && !isHeardOnly(element) && !element.closest('svg')
      && element.checkVisibility({ visibilityProperty: true })
  }
  const hides = (element) =>
    getComputedStyle(element).overflowX === 'hidden' && element.scrollWidth > element.clientWidth + 1
  const sticksOut = (element) => {
    const { left, right } = element.getBoundingClientRect()
    return left < -1 || right > innerWidth + 1
  }
  const cut = [...document.body.querySelectorAll('*')].filter(
    (element) => isShown(element) && !isInside(element) && (hides(element) || sticksOut(element)),
  )
  return [
    ...(over > 0 ? ['the page scrolls sideways by ' + over] : []),
    ...cut.map((element) => element.outerHTML.slice(0, 160)),
  ]
})()`
