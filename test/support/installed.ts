import { copyFileSync, linkSync, mkdirSync, readdirSync, readlinkSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { stagePackage } from '../../scripts/package/stage.js'
import { productionPlaces, ROOT, readLockfile } from '../../scripts/supply/lockfile.js'

/**
 * A package as it is after its installation, without asking the registry: its files, and a
 * `node_modules` of its own that holds the packages of production and nothing else.
 */
export async function installHere(folder: string): Promise<void> {
  await stagePackage(folder)
  for (const place of productionPlaces(readLockfile())) copyTree(place, folder)
}

/** Links, where the disk allows it: there are 300 MB of them. Skips what other systems would have. */
function copyTree(path: string, to: string): void {
  for (const entry of list(join(ROOT, path))) {
    const name = join(path, entry.name)
    if (entry.isDirectory() && entry.name === 'node_modules') continue
    if (entry.isDirectory()) copyTree(name, to)
    else if (entry.isSymbolicLink()) symlinkSync(readlinkSync(join(ROOT, name)), under(to, name))
    else copyFile(join(ROOT, name), under(to, name))
  }
}

function list(folder: string) {
  try {
    return readdirSync(folder, { withFileTypes: true })
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return []
    throw error
  }
}

function under(folder: string, name: string): string {
  const path = join(folder, name)
  mkdirSync(join(path, '..'), { recursive: true })
  return path
}

function copyFile(from: string, to: string): void {
  try {
    linkSync(from, to)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EXDEV') throw error
    copyFileSync(from, to)
  }
}
