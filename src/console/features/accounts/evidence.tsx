import { List, Stack, Table, Text, Title } from '@mantine/core'
import { Subject } from '../../components/happening.js'
import { count, words } from '../../components/number.js'
import { outcomeName } from '../../components/outcome-words.js'
import { When } from '../../components/time.js'
import { WideTable } from '../../components/wide-table.js'
import type { Seen } from './queries.js'

type Known = Seen['evidence']

const FACTOR: Readonly<Record<Known['secondFactor'], string>> = {
  present: 'It has a second factor.',
  absent: 'It has no second factor: a password alone opens it.',
  unknown: 'Whether it has a second factor is not known, which counts as none.',
}
const BALANCE: Readonly<Record<Known['balance'], string>> = {
  nonzero: 'It holds something that could be taken.',
  zero: 'It holds nothing.',
  unknown: 'Whether it holds something is not known, which counts as something.',
}

/** Why it is judged as it is. */
export function Evidence({ evidence }: { evidence: Known }) {
  return (
    <Stack component="section" gap="sm" aria-labelledby="evidence">
      <Title order={2} size="h3" id="evidence">
        Why
      </Title>
      <List>
        <List.Item>{FACTOR[evidence.secondFactor]}</List.Item>
        <List.Item>{BALANCE[evidence.balance]}</List.Item>
        <List.Item>
          <HostileLogins hostile={evidence.hostile} />
        </List.Item>
      </List>
      <Signals signals={evidence.hostile.signals} />
      <Exposures exposure={evidence.exposure} />
    </Stack>
  )
}

function HostileLogins({ hostile }: Pick<Known, 'hostile'>) {
  const { attempts, successes, sources, lastAt } = hostile
  if (attempts === 0) return <>No hostile login was seen in the last 90 days.</>
  return (
    <>
      {count(attempts)} hostile {attempts === 1 ? 'login' : 'logins'} from {count(sources)}{' '}
      {sources === 1 ? 'source' : 'sources'} in the last 90 days,{' '}
      <strong>{successes === 0 ? 'none succeeded' : `${count(successes)} succeeded`}</strong>; the
      last <When at={lastAt} />.
    </>
  )
}

function Signals({ signals }: Pick<Known['hostile'], 'signals'>) {
  if (signals.length === 0) return null
  return (
    <>
      <Text fw={600}>What stood out</Text>
      <List>
        {signals.map(({ kind, at, says }) => (
          <List.Item key={`${kind} ${at} ${says}`}>
            {says} (<When at={at} />)
          </List.Item>
        ))}
      </List>
    </>
  )
}

function Exposures({ exposure }: Pick<Known, 'exposure'>) {
  if (exposure.length === 0)
    return <Text>No plan found its address on a list of what was exposed.</Text>
  return (
    <WideTable label="Exposures" minWidth={640} captionSide="top">
      <Table.Caption ta="left">Where its address was exposed, the newest plan first</Table.Caption>
      <Table.Thead>
        <Table.Tr>
          <Table.Th>Incident</Table.Th>
          <Table.Th>Sweep</Table.Th>
          <Table.Th>First exposed</Table.Th>
          <Table.Th ta="right">Batches</Table.Th>
          <Table.Th>Judged as</Table.Th>
          <Table.Th ta="right">Score</Table.Th>
          <Table.Th>What was done</Table.Th>
        </Table.Tr>
      </Table.Thead>
      <Table.Tbody>
        {exposure.map((each) => (
          <Table.Tr key={each.sweepId}>
            <Table.Td>
              <Subject of={`incident:${each.incidentId}`} isBare />
            </Table.Td>
            <Table.Td>
              <Subject of={`sweep:${each.sweepId}`} isBare />
            </Table.Td>
            <Table.Td>
              <When at={each.firstAt} />
            </Table.Td>
            <Table.Td ta="right">{count(each.batches)}</Table.Td>
            <Table.Td>{words(each.tier)}</Table.Td>
            <Table.Td ta="right">{count(each.score)}</Table.Td>
            <Table.Td>{each.outcome === null ? 'nothing yet' : outcomeName(each.outcome)}</Table.Td>
          </Table.Tr>
        ))}
      </Table.Tbody>
    </WideTable>
  )
}
