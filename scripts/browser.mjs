// Finds the browser that the tests of the console drive, or installs Debian's where that is possible.
import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'

/** Without a window of its own, in half the time. */
const SHELL = 'chromium-headless-shell'
const WHOLE = ['/usr/bin/chromium', '/usr/bin/chromium-browser']

if (!process.env.CHROMIUM_PATH && !existsSync(`/usr/bin/${SHELL}`)) {
  const isHere = install(SHELL) || WHOLE.some((path) => existsSync(path)) || install('chromium')
  if (!isHere) {
    process.stderr.write(
      'cordon: no browser is here, so the tests of the console will fail. Install Chromium (Debian: apt-get install chromium) or set CHROMIUM_PATH.\n',
    )
  }
}

function install(name) {
  if (process.getuid?.() !== 0 || !existsSync('/usr/bin/apt-get')) return false
  process.stderr.write(`cordon: browser (${name}) …\n`)
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' }
  const apt = (...args) =>
    spawnSync('/usr/bin/apt-get', args, { env, stdio: 'ignore' }).status === 0
  const add = () => apt('install', '-y', '-q', '--no-install-recommends', name)
  return add() || (apt('update', '-q') && add())
}
