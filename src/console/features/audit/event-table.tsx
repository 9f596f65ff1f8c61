import { Table, Text } from '@mantine/core'
import { Details, happeningWords, Subject } from '../../components/happening.js'
import { When } from '../../components/time.js'
import { Who } from '../../components/who.js'
import { WideTable } from '../../components/wide-table.js'

type Event = {
  id: string
  at: string
  kind: string
  actor: string
  subject: string
  detail: Readonly<Record<string, unknown>>
}

/** Who did what to what. */
export function EventTable({ events }: { events: readonly Event[] }) {
  return (
    <WideTable label="Audit events" minWidth={860} verticalSpacing="xs">
      <Table.Thead>
        <Table.Tr>
          <Table.Th>When</Table.Th>
          <Table.Th>What</Table.Th>
          <Table.Th>By</Table.Th>
          <Table.Th>To</Table.Th>
          <Table.Th>Details</Table.Th>
        </Table.Tr>
      </Table.Thead>
      <Table.Tbody>
        {events.map(({ id, at, kind, actor, subject, detail }) => (
          <Table.Tr key={id}>
            <Table.Td style={{ whiteSpace: 'nowrap' }}>
              <When at={at} />
            </Table.Td>
            <Table.Td>
              {happeningWords(kind)}
              <Text size="xs" c="dimmed">
                {kind}
              </Text>
            </Table.Td>
            <Table.Td>
              <Who actor={actor} />
            </Table.Td>
            <Table.Td style={{ overflowWrap: 'anywhere' }}>
              <Subject of={subject} />
            </Table.Td>
            <Table.Td maw="24rem">
              <Details of={detail} />
            </Table.Td>
          </Table.Tr>
        ))}
      </Table.Tbody>
    </WideTable>
  )
}
