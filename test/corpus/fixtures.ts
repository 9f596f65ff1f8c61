import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'

const CORPUS_DIR = process.env.CORPUS_DIR ?? join(import.meta.dirname, '../../../shared/data')

/** `describe`, or `describe.skip` with the reason in its title when the fixture folder is absent. */
export function describeCorpus(folder: string, tests: (dir: string) => void): void {
  const dir = join(CORPUS_DIR, folder)
  if (existsSync(dir)) describe(folder, () => tests(dir))
  else
    describe.skip(`${folder} (no fixtures in ${CORPUS_DIR})`, () => test(folder, () => undefined))
}

export function readFixture(dir: string, path: string): string {
  return readFileSync(join(dir, path), 'utf8')
}

/** Paths below `dir` of all non-empty files that `isWanted`. */
export function listFixtures(dir: string, isWanted: (path: string) => boolean): string[] {
  return (readdirSync(dir, { recursive: true }) as string[])
    .filter((path) => isWanted(path) && statSync(join(dir, path)).isFile())
    .filter((path) => statSync(join(dir, path)).size > 0)
    .sort()
}

export function hasFixtures(folder: string): boolean {
  return existsSync(join(CORPUS_DIR, folder))
}

export function fixtureDir(folder: string): string {
  return join(CORPUS_DIR, folder)
}
