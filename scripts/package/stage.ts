import { copyFileSync, mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { z } from 'zod'
import {
  productionLockfile,
  productionManifest,
  ROOT,
  readLockfile,
  readManifest,
} from '../supply/lockfile.js'
import { npm } from './npm.js'

const packed = z.object({
  filename: z.string(),
  size: z.number(),
  unpackedSize: z.number(),
  files: z.array(z.object({ path: z.string() })),
})

export type Packed = z.output<typeof packed>

/**
 * Lays out in `folder` what a package consists of: the files that `package.json` names, a manifest
 * without development, and the lockfile of production. That one is why `npm pack` in the checkout is
 * not enough: npm packs a lockfile only under the name `npm-shrinkwrap.json`, and believes it instead
 * of `package-lock.json` where both lie.
 */
export async function stagePackage(folder: string): Promise<void> {
  const { files } = readPacked(await npm(ROOT, 'pack', '--dry-run', '--json', '--ignore-scripts'))
  for (const { path } of files) {
    mkdirSync(dirname(join(folder, path)), { recursive: true })
    copyFileSync(join(ROOT, path), join(folder, path))
  }
  writeJson(join(folder, 'package.json'), productionManifest(readManifest()))
  writeJson(join(folder, 'npm-shrinkwrap.json'), productionLockfile(readLockfile()))
}

/** Makes the tarball of a staged package in the folder `out`. */
export async function packStaged(staged: string, out: string): Promise<Packed> {
  mkdirSync(out, { recursive: true })
  return readPacked(await npm(staged, 'pack', '--json', '--pack-destination', out))
}

function readPacked(text: string): Packed {
  const found = z.tuple([packed]).parse(JSON.parse(text))
  return found[0]
}

const writeJson = (path: string, value: unknown) =>
  writeFileSync(path, `${JSON.stringify(value, null, 2)}\n`)
