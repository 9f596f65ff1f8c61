import { Badge, Button, Table } from '@mantine/core'
import { useDisclosure } from '@mantine/hooks'
import { useInfiniteQuery, useQuery } from '@tanstack/react-query'
import { session } from '../../api.js'
import { FirstVisit } from '../../components/first-visit.js'
import { useKey } from '../../components/keys.js'
import { Link } from '../../components/link.js'
import { words } from '../../components/number.js'
import { Page } from '../../components/page.js'
import { Empty, Loaded } from '../../components/problem.js'
import { When } from '../../components/time.js'
import { WideTable } from '../../components/wide-table.js'
import { OpenIncident } from './open-incident.js'
import { type Incident, incidents } from './queries.js'

/** Every incident, the newest first. */
export function Incidents() {
  const asked = useInfiniteQuery(incidents)
  const { data: me } = useQuery(session)
  const mayOpen = me?.may.includes('incident.write') === true
  return (
    <Page title="Incidents" actions={mayOpen && <Opening />}>
      <FirstVisit />
      <Loaded of={asked}>
        {({ pages }) => <Rows items={pages.flatMap(({ items }) => items)} mayOpen={mayOpen} />}
      </Loaded>
      {asked.hasNextPage && (
        <Button
          variant="default"
          loading={asked.isFetchingNextPage}
          onClick={() => void asked.fetchNextPage()}
        >
          Older incidents
        </Button>
      )}
    </Page>
  )
}

function Opening() {
  const [isOpen, { open, close }] = useDisclosure(false)
  useKey({ keys: 'n', says: 'Open an incident', run: open })
  return (
    <>
      <Button onClick={open}>Open an incident</Button>
      {isOpen && <OpenIncident onClose={close} />}
    </>
  )
}

type RowsProps = { items: readonly Incident[]; mayOpen: boolean }

function Rows({ items, mayOpen }: RowsProps) {
  if (items.length === 0)
    return (
      <Empty title="No incident yet">
        An incident begins when addresses of your users were exposed.{' '}
        {mayOpen
          ? 'Open one: say when it happened and when you noticed, then add the lists of what was exposed. Nothing is done to anybody until a plan was read and approved.'
          : 'A responder opens it; you will see it here.'}
      </Empty>
    )
  return (
    <WideTable label="Incidents" minWidth={500}>
      <Table.Thead>
        <Table.Tr>
          <Table.Th>Title</Table.Th>
          <Table.Th>Kind</Table.Th>
          <Table.Th>Status</Table.Th>
          <Table.Th>Happened</Table.Th>
          <Table.Th>Noticed</Table.Th>
        </Table.Tr>
      </Table.Thead>
      <Table.Tbody>
        {items.map(({ id, title, kind, status, occurredAt, detectedAt }) => (
          <Table.Tr key={id}>
            <Table.Td>
              <Link to={`/incidents/${id}`}>{title}</Link>
            </Table.Td>
            <Table.Td>{words(kind)}</Table.Td>
            <Table.Td>
              <Badge variant={status === 'open' ? 'filled' : 'default'}>{status}</Badge>
            </Table.Td>
            <Table.Td>
              <When at={occurredAt} />
            </Table.Td>
            <Table.Td>
              <When at={detectedAt} />
            </Table.Td>
          </Table.Tr>
        ))}
      </Table.Tbody>
    </WideTable>
  )
}
