import { Table, Text } from '@mantine/core'
import { Section } from '../../components/section.js'
import { When } from '../../components/time.js'
import { WideTable } from '../../components/wide-table.js'
import type { Change } from './follow.js'
import type { Sweep } from './queries.js'
import { changeSays } from './words.js'

type Props = { changes: readonly Change[]; people: Sweep['people'] }

/** Who did what to this sweep, the latest first. */
export const Events = ({ changes, people }: Props) =>
  changes.length === 0 ? null : (
    <Section title="What happened">
      <WideTable label="What happened" minWidth={280}>
        <Table.Thead>
          <Table.Tr>
            <Table.Th>When</Table.Th>
            <Table.Th>What</Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {changes.toReversed().map((change) => (
            <Table.Tr key={change.id}>
              <Table.Td w="14rem">
                <When at={change.at} />
              </Table.Td>
              <Table.Td>
                {changeSays(change, people)}
                {change.reason && (
                  <Text size="sm" c="dimmed">
                    {change.reason}
                  </Text>
                )}
              </Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </WideTable>
    </Section>
  )
