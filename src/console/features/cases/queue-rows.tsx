import { Group, Table } from '@mantine/core'
import { useRef } from 'react'
import { useKey } from '../../components/keys.js'
import { Link } from '../../components/link.js'
import { count } from '../../components/number.js'
import { Since } from '../../components/time.js'
import { WideTable } from '../../components/wide-table.js'
import { Escalated, Holder, Priority, Sla, Tier } from './signs.js'
import type { Case } from './words.js'

/** One page of the queue. `j` and `k` walk through it. */
export function QueueRows({ items }: { items: readonly Case[] }) {
  const body = useRef<HTMLTableSectionElement>(null)
  const walk = (by: number) => {
    const links = [...(body.current?.querySelectorAll('a') ?? [])]
    const at = links.indexOf(document.activeElement as HTMLAnchorElement)
    const to = at === -1 ? 0 : Math.min(links.length - 1, Math.max(0, at + by))
    links[to]?.focus()
  }
  useKey({ keys: 'j', says: 'To the next row', run: () => walk(1), repeats: true })
  useKey({ keys: 'k', says: 'To the row before', run: () => walk(-1), repeats: true })
  return (
    <WideTable label="Cases" minWidth={820}>
      <Table.Thead>
        <Table.Tr>
          <Table.Th>Account</Table.Th>
          <Table.Th>Priority</Table.Th>
          <Table.Th>Tier</Table.Th>
          <Table.Th ta="right">Score</Table.Th>
          <Table.Th>Deadline</Table.Th>
          <Table.Th>Opened</Table.Th>
          <Table.Th>Claimed by</Table.Th>
        </Table.Tr>
      </Table.Thead>
      <Table.Tbody ref={body}>
        {items.map((each) => (
          <Table.Tr key={each.id}>
            <Table.Td>
              <Link to={`/cases/${each.id}`}>{each.account}</Link>
            </Table.Td>
            <Table.Td>
              <Group gap={6} wrap="nowrap">
                <Priority priority={each.priority} />
                <Escalated of={each} />
              </Group>
            </Table.Td>
            <Table.Td>
              <Tier tier={each.tier} />
            </Table.Td>
            <Table.Td ta="right">{count(each.score)}</Table.Td>
            <Table.Td>
              <Sla sla={each.sla} status={each.status} />
            </Table.Td>
            <Table.Td>
              <Since at={each.openedAt} />
            </Table.Td>
            <Table.Td>
              <Holder of={each} />
            </Table.Td>
          </Table.Tr>
        ))}
      </Table.Tbody>
    </WideTable>
  )
}
