import { Progress, Stack, Table, Text } from '@mantine/core'
import { count, percent } from '../../components/number.js'
import { WideTable } from '../../components/wide-table.js'

export type BarRow = {
  key: string
  name: string
  says?: string | undefined
  more?: string | undefined
  value: number
}
type Props = {
  caption: string
  head: readonly [string, string]
  more?: string
  rows: readonly BarRow[]
  whole: number
}

/** Counts of a whole, each with a bar for the eye; the table says it all without the bars. */
export const BarTable = ({ caption, head, more, rows, whole }: Props) => (
  <WideTable label={caption} minWidth={460}>
    <Table.Caption>{caption}</Table.Caption>
    <Table.Thead>
      <Table.Tr>
        <Table.Th>{head[0]}</Table.Th>
        {more && <Table.Th>{more}</Table.Th>}
        <Table.Th ta="right">{head[1]}</Table.Th>
        <Table.Th w="30%">Share</Table.Th>
      </Table.Tr>
    </Table.Thead>
    <Table.Tbody>
      {rows.map((row) => (
        <Row key={row.key} row={row} hasMore={more !== undefined} whole={whole} />
      ))}
    </Table.Tbody>
  </WideTable>
)

const Row = ({ row, hasMore, whole }: { row: BarRow; hasMore: boolean; whole: number }) => (
  <Table.Tr>
    <Table.Th scope="row" fw={400}>
      <Text fw={600} size="sm">
        {row.name}
      </Text>
      {row.says && (
        <Text size="sm" c="dimmed">
          {row.says}
        </Text>
      )}
    </Table.Th>
    {hasMore && <Table.Td>{row.more}</Table.Td>}
    <Table.Td ta="right">{count(row.value)}</Table.Td>
    <Table.Td>
      <Stack gap={2}>
        <Text size="xs">{percent(row.value, whole)}</Text>
        <Progress.Root size="md" aria-hidden>
          <Progress.Section value={whole > 0 ? (100 * row.value) / whole : 0} withAria={false} />
        </Progress.Root>
      </Stack>
    </Table.Td>
  </Table.Tr>
)
