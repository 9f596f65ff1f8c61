import { readdir, readFile } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { type Ip, type Network, parseNetwork } from './ip.js'
import { allConfigured, misconfigured } from './misconfigured.js'
import { type NetworkSet, networkSet } from './network-set.js'

/** Where lists of networks are: files with the name of each list, or a folder of `<name>.txt`. */
export type ListedNetworks =
  | { kind: 'files'; files: readonly ListFile[] }
  | { kind: 'folder'; path: string }
export type ListFile = { name: string; path: string }

export const LIST_NAME = /^[a-z0-9][a-z0-9_-]{0,31}$/

const VARIABLE = 'LISTED_NETWORKS'

/**
 * Reads the operator's lists: one address or CIDR network a line, `#` and `;` begin a comment. The
 * answer names the first list that holds an address; a folder's lists stand in alphabetical order.
 * Refuses with `configuration_invalid`, naming file and line of what it cannot read.
 */
export async function readListedNetworks(
  listed: ListedNetworks,
): Promise<(ip: Ip) => string | null> {
  const files = listed.kind === 'files' ? listed.files : await filesIn(listed.path)
  const sets = await allConfigured<NetworkSet[]>(files.map(readSet))
  return (ip) => files[sets.findIndex((set) => set.has(ip))]?.name ?? null
}

async function filesIn(folder: string): Promise<ListFile[]> {
  const entries = await readdir(folder).catch((cause: unknown) => {
    throw wrong(`${folder} is not a folder that Cordon may read`, cause)
  })
  const files = entries
    .filter((entry) => entry.endsWith('.txt') && !entry.startsWith('.'))
    .sort()
    .map((entry) => ({ name: basename(entry, '.txt'), path: join(folder, entry) }))
  if (files.length === 0) throw wrong(`${folder} holds no list; put files such as tor.txt there`)
  const misnamed = files.filter(({ name }) => !LIST_NAME.test(name))
  if (misnamed.length === 0) return files
  throw misconfigured(
    misnamed.map(({ path }) => ({
      path: VARIABLE,
      message: `rename ${path}: a list is named with up to 32 of a-z, 0-9, - and _`,
    })),
  )
}

async function readSet({ path }: ListFile): Promise<NetworkSet> {
  const text = await readFile(path, 'utf8').catch((cause: unknown) => {
    throw wrong(`${path} cannot be read; name a text file that Cordon may read`, cause)
  })
  const networks: Network[] = []
  const lines = text.replace(/^\ufeff/, '').split('\n')
  for (const [index, line] of lines.entries()) {
    const entry = line.split(/[#;]/, 1)[0]?.trim() ?? ''
    if (entry === '') continue
    const network = parseNetwork(entry)
    if (!network) throw wrong(lineIsWrong(path, index + 1))
    networks.push(network)
  }
  return networkSet(networks)
}

const lineIsWrong = (path: string, line: number) =>
  `${path}, line ${line}, is neither an IP address nor a network such as 192.0.2.0/24; correct or remove it`

const wrong = (message: string, cause?: unknown) =>
  misconfigured([{ path: VARIABLE, message }], cause)
