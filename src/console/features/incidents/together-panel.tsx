import { Button, Group, Stack, Table, Text } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import type { z } from 'zod'
import { BATCHES_COUNTED, type listBatches } from '../../../contract/incidents.js'
import { count } from '../../components/number.js'
import { Loaded } from '../../components/problem.js'
import { Section } from '../../components/section.js'
import { When } from '../../components/time.js'
import { WideTable } from '../../components/wide-table.js'
import { batchesOf } from './queries.js'

type Together = z.output<(typeof listBatches.answers)[200]>
type Batch = Together['largest'][number]

/** Batches of people who saw each other's addresses, in counts. */
export function TogetherPanel({ incidentId }: { incidentId: string }) {
  const asked = useQuery(batchesOf(incidentId))
  return (
    <Section
      gap="md"
      title="Who was exposed with whom"
      says="A leaked mail is a batch: whoever got it saw every other address in it. A list that is not a mail is one batch. Counts only, no address."
    >
      <Loaded of={asked}>
        {(seen) =>
          seen.batches === 0 ? <Text>Known once there is a list.</Text> : <Seen seen={seen} />
        }
      </Loaded>
    </Section>
  )
}

const FIRST_SHOWN = 5

function Seen({ seen: { batches, addresses, largest, spread } }: { seen: Together }) {
  const [isWhole, setWhole] = useState(false)
  const shown = isWhole ? largest : largest.slice(0, FIRST_SHOWN)
  return (
    <Stack>
      <Text>{inWords(batches, addresses, largest[0])}</Text>
      <Group align="flex-start" gap="xl">
        <Largest batches={shown} />
        {spread.length > 0 && <Spread spread={spread} />}
      </Group>
      {largest.length > FIRST_SHOWN && (
        <Button variant="default" w="fit-content" onClick={() => setWhole(!isWhole)}>
          {isWhole
            ? `Show the ${FIRST_SHOWN} largest only`
            : `Show ${largest.length < batches ? `the ${count(largest.length)} largest` : `all ${count(batches)} batches`}`}
        </Button>
      )}
    </Stack>
  )
}

function inWords(batches: number, addresses: number, first: Batch | undefined): string {
  const all = `${count(addresses)} addresses in ${batches === 1 ? 'one batch' : `${count(batches)} batches`}.`
  if (first?.kind !== 'mail' || first.addresses < 2) return all
  return `${all} In the largest mail ${count(first.addresses)} people each saw ${count(first.addresses - 1)} other addresses.`
}

const Largest = ({ batches }: { batches: readonly Batch[] }) => (
  <WideTable label="Batches" minWidth={480} captionSide="top">
    <Table.Caption>The largest batches</Table.Caption>
    <Table.Thead>
      <Table.Tr>
        <Table.Th>Batch</Table.Th>
        <Table.Th>Sent</Table.Th>
        <Table.Th ta="right">Addresses</Table.Th>
        <Table.Th ta="right">Accounts</Table.Th>
      </Table.Tr>
    </Table.Thead>
    <Table.Tbody>
      {batches.map((batch) => (
        <Table.Tr key={`${batch.listId} ${batch.no}`}>
          <Table.Td maw={360} style={{ overflowWrap: 'anywhere' }}>
            {batch.kind === 'mail' ? 'Mail ' : 'List '}
            {batch.label ?? `${batch.listName}${batch.kind === 'mail' ? `, no. ${batch.no}` : ''}`}
          </Table.Td>
          <Table.Td>
            <When at={batch.at} />
          </Table.Td>
          <Table.Td ta="right">{count(batch.addresses)}</Table.Td>
          <Table.Td ta="right">{count(batch.accounts)}</Table.Td>
        </Table.Tr>
      ))}
    </Table.Tbody>
  </WideTable>
)

const Spread = ({ spread }: { spread: Together['spread'] }) => (
  <Table captionSide="top" w="fit-content">
    <Table.Caption>Accounts in several batches</Table.Caption>
    <Table.Thead>
      <Table.Tr>
        <Table.Th ta="right">Batches</Table.Th>
        <Table.Th ta="right">Accounts</Table.Th>
      </Table.Tr>
    </Table.Thead>
    <Table.Tbody>
      {spread.map(({ batches, accounts }) => (
        <Table.Tr key={batches}>
          <Table.Td ta="right">
            {batches === BATCHES_COUNTED ? `${count(batches)} or more` : count(batches)}
          </Table.Td>
          <Table.Td ta="right">{count(accounts)}</Table.Td>
        </Table.Tr>
      ))}
    </Table.Tbody>
  </Table>
)
