import { type ChildProcess, execFileSync, spawn, spawnSync } from 'node:child_process'
import { chmodSync, chownSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { freePort } from '../../src/platform/embedded-postgres.js'
import { until } from './mailing.js'
import { aFolder, end } from './processes.js'
import { smtpClient } from './smtp-client.js'

const PATH = [process.env.PATH, '/usr/sbin', '/usr/local/sbin'].join(delimiter)
const env = { PATH }
const SINK = 'smtp-sink'
const POSTCONF = 'postconf'
const has = (program: string) => spawnSync('which', [program], { env }).status === 0

/** Why no Postfix can be started here, and what to do about it; undefined when one can. */
export function postfixMissing(): string | undefined {
  if (!has(POSTCONF) || !has(SINK))
    return 'there is no postfix with smtp-sink here: apt-get install -y postfix'
  return process.getuid?.() === 0 ? undefined : 'postfix only starts as root'
}

/** What one of its listeners does unlike the others: settings of main.cf. */
export type Listeners = Record<string, Record<string, string>>

export type PostfixOptions = {
  settings: Record<string, string>
  listeners: Listeners
  /** Those of `texthash:$config_directory/NAME`. */
  tables: Record<string, Record<string, string>>
}

export type Postfix = {
  urlOf(listener: string): string
  /** Resolves once nothing is in its queue: all was delivered, or reported as failed. */
  emptied(): Promise<void>
  close(): Promise<void>
}

const OWNER = 'postfix'
const QUEUES = ['active', 'bounce', 'corrupt', 'defer', 'deferred', 'flush', 'hold', 'incoming']
const FOLDERS = [...QUEUES, 'private', 'public', 'maildrop', 'saved', 'trace']
const LOG = 'log'
const SOON_GONE_SECONDS = '120'

/** A Postfix of the test's own: own configuration, queue and ports, and nothing of the system's. */
export async function startPostfix(options: PostfixOptions): Promise<Postfix> {
  const folder = aFolder('cordon-postfix-')
  const ports = new Map<string, number>()
  for (const name of Object.keys(options.listeners)) ports.set(name, await freePort())
  const urlOf = (listener: string) => `smtp://127.0.0.1:${ports.get(listener)}`
  let master: ChildProcess | undefined
  const close = async () => {
    if (master !== undefined) await endGroup(master)
    folder.remove()
  }
  try {
    layOut(folder.path, options, ports)
    const flags = ['-c', join(folder.path, 'etc'), '-e', SOON_GONE_SECONDS]
    master = spawn(join(daemonFolder(), 'master'), flags, { env, stdio: 'ignore' })
    await greeted(urlOf(Object.keys(options.listeners)[0] ?? ''))
  } catch (cause) {
    const log = readFileSync(join(folder.path, LOG), 'utf8')
    await close()
    throw new Error(`Postfix did not start: ${log}`, { cause })
  }
  const queued = () =>
    ['incoming', 'active', 'deferred'].flatMap((queue) =>
      readdirSync(join(folder.path, 'queue', queue), { recursive: true, withFileTypes: true }),
    )
  const emptied = () => until(() => !queued().some((entry) => entry.isFile()))
  return { urlOf, emptied, close }
}

const daemonFolder = () =>
  execFileSync(POSTCONF, ['-dh', 'daemon_directory'], { env, encoding: 'utf8' }).trim()

/** A master passes the signal on to its daemons, which are of its process group. */
async function endGroup(master: ChildProcess): Promise<void> {
  await end(master)
  await until(() => !groupLives(master))
}

function groupLives({ pid }: ChildProcess): boolean {
  try {
    process.kill(-(pid ?? 0), 0)
    return true
  } catch {
    return false
  }
}

const idOf = (...args: string[]) => Number(execFileSync('id', args, { env, encoding: 'utf8' }))

function ownedByPostfix(path: string, mode = 0o700): void {
  mkdirSync(path, { recursive: true })
  chownSync(path, idOf('-u', OWNER), idOf('-g', OWNER))
  chmodSync(path, mode)
}

function layOut(root: string, options: PostfixOptions, ports: Map<string, number>): void {
  const etc = join(root, 'etc')
  const queue = join(root, 'queue')
  chmodSync(root, 0o711)
  writeFileSync(join(root, LOG), '')
  for (const path of [etc, queue, join(queue, 'pid')]) mkdirSync(path)
  ownedByPostfix(join(root, 'data'))
  for (const name of FOLDERS) ownedByPostfix(join(queue, name))
  for (const [name, table] of Object.entries(options.tables))
    writeFileSync(join(etc, name), lines(table, ' '))
  const settings = {
    ...QUIET,
    config_directory: etc,
    queue_directory: queue,
    data_directory: join(root, 'data'),
    maillog_file: join(root, LOG),
    maillog_file_prefixes: root,
    ...options.settings,
  }
  writeFileSync(join(etc, 'main.cf'), lines(settings))
  writeFileSync(join(etc, 'master.cf'), services(options.listeners, ports))
}

const lines = (settings: Record<string, string>, between = ' = ') =>
  Object.entries(settings)
    .map(([name, value]) => `${name}${between}${value}\n`)
    .join('')

/** It asks no name server and waits for nothing. */
const QUIET = {
  compatibility_level: '2',
  myhostname: 'relay.example',
  inet_interfaces: '127.0.0.1',
  inet_protocols: 'ipv4',
  mynetworks: '127.0.0.0/8',
  disable_dns_lookups: 'yes',
  smtp_host_lookup: 'native',
  smtpd_peername_lookup: 'no',
  smtpd_relay_restrictions: 'permit_mynetworks, reject_unauth_destination',
  smtpd_error_sleep_time: '0',
  in_flow_delay: '0',
  mydestination: '',
  alias_maps: '',
  notify_classes: '',
}

const LONERS = new Set(['anvil', 'scache'])

function services(listeners: Listeners, ports: Map<string, number>): string {
  const inet = Object.entries(listeners).map(([name, own]) => {
    const over = Object.entries(own).map(([key, value]) => ` -o { ${key} = ${value} }`)
    return `127.0.0.1:${ports.get(name)} inet n - n - - smtpd${over.join('')}`
  })
  const resident = ['rewrite trivial-rewrite', 'bounce', 'defer bounce', 'trace bounce', 'smtp']
  const others = ['error', 'retry error', 'local', 'anvil', 'proxymap', 'flush', 'scache']
  const unix = [...resident, ...others].map((each) => {
    const [name, program = name] = each.split(' ')
    return `${name} unix - ${name === 'local' ? 'n' : '-'} n - ${LONERS.has(name ?? '') ? 1 : 0} ${program}`
  })
  return [
    ...inet,
    'cleanup unix n - n - 0 cleanup',
    'qmgr unix n - n 1 1 qmgr',
    'picky unix n - n - 0 cleanup -o header_checks=static:REJECT',
    'postlog unix-dgram n - n - 1 postlogd',
    ...unix,
    '',
  ].join('\n')
}

const GREETS_WITHIN_MS = 5_000

const greeted = (url: string): Promise<void> =>
  until(async () => {
    const late = pause(GREETS_WITHIN_MS, '', { ref: false })
    return (await Promise.race([greetingOf(url), late])).startsWith('220')
  })

async function greetingOf(url: string): Promise<string> {
  const client = await smtpClient(url).catch(() => undefined)
  client?.close()
  return client?.greeting ?? ''
}

/** A message as `smtp-sink` was given it. */
export type Dumped = { from: string; rcpts: string[]; data: string }

export type Dump = {
  /** As a nexthop of Postfix. */
  nexthop: string
  messages(): Dumped[]
  close(): Promise<void>
}

/** Postfix's own test server, with these flags; it writes every message to a file. */
export async function startDump(...flags: string[]): Promise<Dump> {
  const folder = aFolder('cordon-dump-')
  ownedByPostfix(folder.path)
  const port = await freePort()
  const where = ['-u', OWNER, '-d', join(folder.path, 'm.'), `127.0.0.1:${port}`, '100']
  const child = spawn(SINK, [...flags, ...where], { env, stdio: 'ignore' })
  const close = async () => {
    await end(child)
    folder.remove()
  }
  await greeted(`smtp://127.0.0.1:${port}`).catch(async (failure) => {
    await close()
    throw failure
  })
  const messages = () =>
    readdirSync(folder.path).map((name) =>
      readDump(readFileSync(join(folder.path, name), 'latin1')),
    )
  return { nexthop: `[127.0.0.1]:${port}`, messages, close }
}

/** The envelope and a Received header stand above the message, an empty line below it. */
function readDump(text: string): Dumped {
  const [, above = '', message = ''] =
    /^([\s\S]*?\nReceived: [^\n]*\n(?:[ \t][^\n]*\n)*)([\s\S]*)\n$/.exec(text) ?? []
  const said = (name: string) =>
    [...above.matchAll(new RegExp(`^${name}: <([^>]*)>`, 'gm'))].map(([, address = '']) => address)
  const [from = ''] = said('X-Mail-Args')
  return { from, rcpts: said('X-Rcpt-Args'), data: message.replaceAll('\n', '\r\n') }
}
