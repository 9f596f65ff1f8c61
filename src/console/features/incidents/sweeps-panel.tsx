import { Badge, Button, Table } from '@mantine/core'
import { useDisclosure } from '@mantine/hooks'
import { useKey } from '../../components/keys.js'
import { Link } from '../../components/link.js'
import { count, words } from '../../components/number.js'
import { Empty } from '../../components/problem.js'
import { Section } from '../../components/section.js'
import { When } from '../../components/time.js'
import { Who } from '../../components/who.js'
import { WideTable } from '../../components/wide-table.js'
import { NewSweep } from './new-sweep.js'
import type { Overview } from './queries.js'

/** The sweeps of an incident, and the way to a new one. */
export function SweepsPanel({ incident, mayPlan }: { incident: Overview; mayPlan: boolean }) {
  return (
    <Section gap="md" title="Sweeps" aside={mayPlan && <Planning incident={incident} />}>
      {incident.sweeps.length === 0 ? (
        <Empty title="No sweep yet">
          A sweep begins as a plan: which of the exposed accounts would be held, reset, reviewed or
          told. Nothing is done to anybody before others have read and approved it.
        </Empty>
      ) : (
        <Rows sweeps={incident.sweeps} />
      )}
    </Section>
  )
}

function Planning({ incident }: { incident: Overview }) {
  const [isOpen, { open, close }] = useDisclosure(false)
  useKey({ keys: 'p', says: 'Plan a new sweep', run: open })
  return (
    <>
      <Button onClick={open}>Plan a new sweep</Button>
      {isOpen && <NewSweep incident={incident} onClose={close} />}
    </>
  )
}

const Rows = ({ sweeps }: { sweeps: Overview['sweeps'] }) => (
  <WideTable label="Sweeps" minWidth={480}>
    <Table.Thead>
      <Table.Tr>
        <Table.Th>Sweep</Table.Th>
        <Table.Th>Status</Table.Th>
        <Table.Th ta="right">Resets</Table.Th>
        <Table.Th>Asked for by</Table.Th>
        <Table.Th>Asked for</Table.Th>
      </Table.Tr>
    </Table.Thead>
    <Table.Tbody>
      {sweeps.map(({ id, status, resets, requestedBy, createdAt }) => (
        <Table.Tr key={id}>
          <Table.Td>
            <Link to={`/sweeps/${id}`}>{id}</Link>
          </Table.Td>
          <Table.Td>
            <Badge variant="default" miw="max-content">
              {words(status)}
            </Badge>
          </Table.Td>
          <Table.Td ta="right">{count(resets)}</Table.Td>
          <Table.Td>
            <Who actor={requestedBy} />
          </Table.Td>
          <Table.Td>
            <When at={createdAt} />
          </Table.Td>
        </Table.Tr>
      ))}
    </Table.Tbody>
  </WideTable>
)
