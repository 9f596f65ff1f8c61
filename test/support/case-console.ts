import type { BrowserContextOptions } from 'playwright-core'
import { aConsole, type ConsoleScene, pageOf, type Watched } from './browser.js'
import { emptyQueue } from './cases.js'
import type { Browser } from './staff.js'

export type CaseConsole = Pick<ConsoleScene, 'server' | 'browser'> & {
  ana: Browser
  ben: Browser
  /** A page in a browser of its own: what one of the two holds, the other's pages know nothing of. */
  open(who: Browser, path: string, how?: BrowserContextOptions): Promise<Watched>
}

/** The console with two reviewers, and an empty queue before each test. */
export function aCaseConsole(): CaseConsole {
  const scene = aConsole(async () => {
    Object.assign(cases, { server: scene.server, browser: scene.browser })
    cases.ana = await scene.server.signedIn(['reviewer'])
    cases.ben = await scene.server.signedIn(['reviewer'])
  })
  const cases = {
    async open(who, path, how = {}) {
      const context = await scene.browser.newContext(how)
      context.setDefaultTimeout(6_000)
      return pageOf(context, scene.server, { cookie: who.cookie, path })
    },
  } as CaseConsole
  beforeEach(() => emptyQueue(scene.server.world))
  return cases
}
