import { Anchor, Button, Group, Stack, Table, Text } from '@mantine/core'
import { useInfiniteQuery } from '@tanstack/react-query'
import { exportRejections } from '../../../contract/incidents.js'
import { Dialog } from '../../components/dialog.js'
import { count } from '../../components/number.js'
import { Loaded } from '../../components/problem.js'
import { WideTable } from '../../components/wide-table.js'
import { refusedLinesOf } from './queries.js'

type List = { id: string; name: string; rejected: number }

/** The lines of a list that hold no usable address, and why. */
export const RefusedLines = ({ list, onClose }: { list: List; onClose: () => void }) => (
  <Dialog onClose={onClose} title={`Refused lines of ${list.name}`} size="xl">
    <Lines list={list} />
  </Dialog>
)

function Lines({ list: { id, rejected } }: { list: List }) {
  const asked = useInfiniteQuery(refusedLinesOf(id))
  return (
    <Stack>
      <Group justify="space-between">
        <Text size="sm">
          {rejected === 1 ? 'One line holds' : `${count(rejected)} lines hold`} no usable address
          and will not be looked at. Mend them in the file and add it again if they matter.
        </Text>
        <Anchor href={exportRejections.path.replace(':id', id)} download underline="always">
          Download all as CSV
        </Anchor>
      </Group>
      <Loaded of={asked}>
        {({ pages }) => <Rows lines={pages.flatMap(({ items }) => items)} />}
      </Loaded>
      {asked.hasNextPage && (
        <Button
          variant="default"
          loading={asked.isFetchingNextPage}
          onClick={() => void asked.fetchNextPage()}
        >
          More lines
        </Button>
      )}
    </Stack>
  )
}

type Line = { line: number; raw: string; says: string }

const Rows = ({ lines }: { lines: readonly Line[] }) => (
  <WideTable label="Refused lines" minWidth={480}>
    <Table.Thead>
      <Table.Tr>
        <Table.Th ta="right">Line</Table.Th>
        <Table.Th>What stands there</Table.Th>
        <Table.Th>Why it is refused</Table.Th>
      </Table.Tr>
    </Table.Thead>
    <Table.Tbody>
      {lines.map(({ line, raw, says }, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: a line may be refused twice; the order stays
        <Table.Tr key={index}>
          <Table.Td ta="right">{count(line)}</Table.Td>
          <Table.Td maw={280} style={{ overflowWrap: 'anywhere' }}>
            <code>{raw}</code>
          </Table.Td>
          <Table.Td>{says}</Table.Td>
        </Table.Tr>
      ))}
    </Table.Tbody>
  </WideTable>
)
