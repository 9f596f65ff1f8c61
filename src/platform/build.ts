import { createHash } from 'node:crypto'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { basename, dirname, join, relative, sep } from 'node:path'

export type Build = { version: string; sha256: string }

/** What Node runs or reads; not source maps, which change nothing, and no stamps of the build. */
const CODE = /\.(?:ts|js|mjs|json|sql|eta|txt)$/

/**
 * The build that runs: the package's version, and SHA-256 over its lockfile, its migrations and
 * every file of the folder that the code runs from (`dist`, or `src` in a checkout). Names count
 * relative to the package, with `/`, so the same build has the same digest wherever it lies.
 */
export function readBuild(codeFolder = dirname(import.meta.dirname)): Build {
  const root = packageOf(codeFolder)
  const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))
  const folders = [codeFolder, join(root, 'prisma', 'migrations')]
  const files = ['package.json', lockfileOf(root), ...folders.flatMap((at) => filesIn(root, at))]
  const hash = createHash('sha256')
  for (const name of files.sort()) {
    const path = join(root, name)
    const content = existsSync(path) ? readFileSync(path) : Buffer.alloc(0)
    hash.update(`${name} ${content.length}\n`).update(content)
  }
  return { version: String(version), sha256: hash.digest('hex') }
}

/** A package carries its lockfile under the one name that npm packs. */
const lockfileOf = (root: string) =>
  ['package-lock.json', 'npm-shrinkwrap.json'].find((name) => existsSync(join(root, name))) ??
  'package-lock.json'

function packageOf(folder: string): string {
  for (let at = folder; ; at = dirname(at)) {
    if (existsSync(join(at, 'package.json'))) return at
    if (at === dirname(at)) throw new Error(`No package.json above ${folder}`)
  }
}

function filesIn(root: string, folder: string): string[] {
  if (!existsSync(folder)) return []
  return readdirSync(folder, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile() && CODE.test(basename(entry.name)))
    .map((entry) => relative(root, join(entry.parentPath, entry.name)).split(sep).join('/'))
}
