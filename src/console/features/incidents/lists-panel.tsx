import { Anchor, Table } from '@mantine/core'
import { useState } from 'react'
import { count } from '../../components/number.js'
import { Empty } from '../../components/problem.js'
import { Section } from '../../components/section.js'
import { When } from '../../components/time.js'
import { WideTable } from '../../components/wide-table.js'
import { AddLists } from './add-lists.js'
import type { Overview } from './queries.js'
import { RefusedLines } from './refused-lines.js'

type List = Overview['lists'][number]
type Props = { incident: Overview; mayAdd: boolean; mayReadLines: boolean }

/** What was read of each list, and what was refused; where more are added. */
export function ListsPanel({ incident: { id, lists }, mayAdd, mayReadLines }: Props) {
  const [shown, setShown] = useState<List | null>(null)
  return (
    <Section gap="md" title="Lists of exposed addresses">
      {mayAdd && <AddLists incidentId={id} />}
      {lists.length === 0 ? (
        <Empty title="No list yet">
          {mayAdd
            ? 'Add the file that holds what was exposed: the mails that were sent, or an extract of the addresses.'
            : 'Whoever may write incidents adds them.'}
        </Empty>
      ) : (
        <Rows lists={lists} onShow={mayReadLines ? setShown : undefined} />
      )}
      {shown && <RefusedLines list={shown} onClose={() => setShown(null)} />}
    </Section>
  )
}

type RowsProps = { lists: readonly List[]; onShow: ((list: List) => void) | undefined }

const Rows = ({ lists, onShow }: RowsProps) => (
  <WideTable label="Lists" minWidth={540} horizontalSpacing="xs">
    <Table.Thead>
      <Table.Tr>
        <Table.Th>Name</Table.Th>
        <Table.Th>Form</Table.Th>
        <Table.Th ta="right">Entries read</Table.Th>
        <Table.Th ta="right">Accepted</Table.Th>
        <Table.Th ta="right">Duplicates</Table.Th>
        <Table.Th ta="right">Refused</Table.Th>
        <Table.Th>Added</Table.Th>
      </Table.Tr>
    </Table.Thead>
    <Table.Tbody>
      {lists.map((list) => (
        <Table.Tr key={list.id}>
          <Table.Td maw={320} style={{ overflowWrap: 'anywhere' }}>
            {list.name}
          </Table.Td>
          <Table.Td>{list.format}</Table.Td>
          <Table.Td ta="right">{count(list.entries)}</Table.Td>
          <Table.Td ta="right">{count(list.accepted)}</Table.Td>
          <Table.Td ta="right">{count(list.duplicates)}</Table.Td>
          <Table.Td ta="right">
            <Refused list={list} onShow={onShow} />
          </Table.Td>
          <Table.Td>
            <When at={list.createdAt} />
          </Table.Td>
        </Table.Tr>
      ))}
    </Table.Tbody>
  </WideTable>
)

function Refused({ list, onShow }: { list: List; onShow: RowsProps['onShow'] }) {
  if (list.rejected === 0 || !onShow) return <>{count(list.rejected)}</>
  return (
    <Anchor
      component="button"
      type="button"
      underline="always"
      onClick={() => onShow(list)}
      aria-label={`Show the ${count(list.rejected)} refused lines of ${list.name}`}
    >
      {count(list.rejected)}
    </Anchor>
  )
}
