import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { aFolder, builtCli, collect, end, firstLine, start } from '../support/processes.js'

const ROOT = join(import.meta.dirname, '../..')
const page = readFileSync(join(ROOT, 'docs/api.md'), 'utf8')
const blocks = [...page.matchAll(/^```sh\n(.*?)^```$/gms)].map(([, block = '']) => block)

test('docs/api.md is the whole response, block by block, on a running Cordon', async () => {
  const folder = aFolder()
  // The page's helpers import packages from where they run, and write their files there.
  symlinkSync(join(ROOT, 'node_modules'), join(folder.path, 'node_modules'))
  const cli = await builtCli(join(folder.path, 'built'))
  const env = {
    CORDON_DATA_DIR: join(folder.path, 'data'),
    STAFF_ADDR: '127.0.0.1:0',
    PUBLIC_ADDR: '127.0.0.1:0',
    LOG_LEVEL: 'error',
  }
  const serving = start([cli, 'serve', '--json'], { env })
  try {
    const ready = JSON.parse(await firstLine(serving)) as { staff: string; public: string }
    const script = ['set -euo pipefail', `cordon() { node '${cli}' "$@"; }`, ...blocks].join('\n')
    const { PATH = '', HOME = '' } = process.env
    const shell = spawn('bash', ['-c', script], {
      cwd: folder.path,
      env: { ...env, PATH, HOME, STAFF: ready.staff, PUBLIC: ready.public },
    })
    const [out, err] = [collect(shell, 'stdout'), collect(shell, 'stderr')]
    const [code] = (await once(shell, 'close')) as [number | null]
    expect({ code, err: err(), out: code === 0 ? '' : out() }).toEqual({
      code: 0,
      err: '',
      out: '',
    })
    expect(out()).toContain('the record holds')
  } finally {
    await end(serving)
    folder.remove()
  }
}, 120_000)
