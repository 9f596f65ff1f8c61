import { Code, Group, Text } from '@mantine/core'
import { Link } from './link.js'
import { words } from './number.js'
import { partsOf } from './who.js'

/** `reset.ordered` → "Reset ordered". */
export function happeningWords(kind: string): string {
  const said = words(kind).replace('.', ' ')
  return said.charAt(0).toUpperCase() + said.slice(1)
}

/** Where something is shown, by the noun it is called by. */
const SCREENS: Readonly<Record<string, (id: string) => string>> = {
  account: (id) => `/accounts/${encodeURIComponent(id)}`,
  case: (id) => `/cases/${encodeURIComponent(id)}`,
  incident: (id) => `/incidents/${encodeURIComponent(id)}`,
  lane: () => '/mail',
  sweep: (id) => `/sweeps/${encodeURIComponent(id)}`,
  valve: () => '/mail',
}

/** What something was done to, as a link where a screen shows it; `isBare` where its noun stands nearby. */
export function Subject({ of, isBare = false }: { of: string; isBare?: boolean }) {
  const { kind, id } = partsOf(of)
  const address = SCREENS[kind]?.(id)
  const said = [isBare ? '' : words(kind), id].filter((part) => part !== '').join(' ')
  return address ? <Link to={address}>{said}</Link> : said
}

const LINKED = new Set(['case', 'incident', 'sweep'])

/** Details of something that happened, each with its name; nothing where there are none. */
export function Details({ of }: { of: Readonly<Record<string, unknown>> }) {
  return (
    <>
      {Object.entries(of).map(([name, value]) => (
        <Group key={name} gap={6} wrap="nowrap" align="baseline">
          <Text size="sm" c="dimmed" flex="none">
            {nameWords(name)}
          </Text>
          <Text size="sm" style={{ overflowWrap: 'anywhere' }}>
            {LINKED.has(name) && typeof value === 'string' ? (
              <Subject of={`${name}:${value}`} isBare />
            ) : (
              <Value of={value} />
            )}
          </Text>
        </Group>
      ))}
    </>
  )
}

/** `heldUntil` → "held until". */
const nameWords = (name: string): string =>
  words(name)
    .replace(/([a-z])([A-Z])/g, '$1 $2')
    .toLowerCase()

function Value({ of }: { of: unknown }) {
  if (of === null || of === '') return <>none</>
  if (typeof of === 'boolean') return <>{of ? 'yes' : 'no'}</>
  if (Array.isArray(of)) return <>{of.length === 0 ? 'none' : of.map(String).join(', ')}</>
  if (typeof of === 'object') return <Code>{JSON.stringify(of)}</Code>
  return <>{String(of)}</>
}
