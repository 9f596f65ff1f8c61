import { execFile } from 'node:child_process'
import { mkdirSync, mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { parseArgs, promisify } from 'node:util'
import { npm } from './npm.js'
import { packStaged, stagePackage } from './stage.js'

const run = promisify(execFile)

const { values } = parseArgs({
  options: { out: { type: 'string', default: '.' }, try: { type: 'boolean', default: false } },
})

const megabytes = (bytes: number) => `${(bytes / 1e6).toFixed(1)} MB`
const took = (since: number) => `${((performance.now() - since) / 1000).toFixed(0)} s`

const work = mkdtempSync(join(tmpdir(), 'cordon-package-'))
try {
  await makePackage()
} finally {
  rmSync(work, { recursive: true, force: true })
}

async function makePackage(): Promise<void> {
  const staged = join(work, 'staged')
  await stagePackage(staged)
  const out = resolve(values.out)
  const { filename, size, unpackedSize, files } = await packStaged(staged, out)
  const tarball = join(out, filename)
  console.log(
    `${tarball}: ${megabytes(size)}, unpacked ${megabytes(unpackedSize)} in ${files.length} files`,
  )
  if (!values.try) return
  await tryDependency(tarball)
  await tryUnpacked(tarball)
}

/** As somebody does who has a look at it. */
async function tryDependency(tarball: string): Promise<void> {
  const folder = join(work, 'dependency')
  mkdirSync(folder)
  const since = performance.now()
  await npm(folder, 'install', '--no-audit', '--no-fund', tarball)
  tell('npm install', folder, since)
  await tellDemo(folder, join('node_modules', 'cordon', 'dist', 'cli.js'))
}

/** As it runs in production: exactly the versions that were tested, each with its checksum. */
async function tryUnpacked(tarball: string): Promise<void> {
  const folder = join(work, 'unpacked')
  mkdirSync(folder)
  const since = performance.now()
  await run('tar', ['xzf', tarball, '--strip-components=1', '-C', folder])
  await npm(folder, 'ci', '--omit=dev', '--no-audit', '--no-fund')
  tell('npm ci', folder, since)
  await tellDemo(folder, join('dist', 'cli.js'))
}

function tell(what: string, folder: string, since: number): void {
  const bytes = readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .reduce((sum, entry) => sum + statSync(join(entry.parentPath, entry.name)).size, 0)
  console.log(`${what}: ${took(since)}, ${megabytes(bytes)} installed`)
}

async function tellDemo(folder: string, program: string): Promise<void> {
  const since = performance.now()
  const { stdout } = await run(process.execPath, [program, 'demo', '--once'], {
    cwd: folder,
    env: { PATH: process.env.PATH, HOME: process.env.HOME },
    maxBuffer: 16 * 2 ** 20,
  })
  const checks = stdout.split('\n').find((line) => line.includes('checks that hold'))
  if (!checks) throw new Error(`The demo did not come to its end:\n${stdout}`)
  console.log(`cordon demo --once: ${took(since)}, ${checks.trim().replace(/ {2,}/g, ' ')}`)
}
