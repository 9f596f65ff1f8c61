import { List, Table, Text } from '@mantine/core'
import { count, laneName } from '../../components/number.js'
import { Section } from '../../components/section.js'
import { durationWords } from '../../components/time.js'
import { WideTable } from '../../components/wide-table.js'
import type { Sweep } from './queries.js'
import { plural } from './words.js'

type Foreseen = NonNullable<Sweep['forecast']>

/** How long the mail of a plan would take, by mailbox provider. */
export function Forecast({ forecast }: { forecast: Sweep['forecast'] }) {
  if (forecast === null)
    return (
      <Section title="When the mail would be through">
        <Text size="sm">This plan is from before mail was foreseen.</Text>
      </Section>
    )
  return (
    <Section
      title="When the mail would be through"
      says="As foreseen when the plan was made, counted from the first mail. Half of all runs would end before the likely time, 19 of 20 before the latest."
    >
      <Summary forecast={forecast} />
      {forecast.lanes.length > 0 && <Lanes forecast={forecast} />}
    </Section>
  )
}

function Summary({ forecast }: { forecast: Foreseen }) {
  const { mails, waves, holdSeconds, seeds, slowest } = forecast
  return (
    <List size="sm">
      <List.Item>
        {count(mails)} {plural(mails, 'mail', 'mails')}, likely through in{' '}
        <b>{durationWords(forecast.p50Seconds)}</b>, at the latest in{' '}
        <b>{durationWords(forecast.p95Seconds)}</b>
        {slowest !== null && `; the slowest provider is ${laneName(slowest)}`}.
      </List.Item>
      {waves.length > 0 && (
        <List.Item>
          In {count(waves.length)} {plural(waves.length, 'wave', 'waves')}:{' '}
          {waves.map((size) => count(size)).join(', then ')}. The first is the canary, and it is
          watched for {durationWords(holdSeconds)} before the rest may follow.
        </List.Item>
      )}
      <List.Item>{seedsSay(seeds)}</List.Item>
    </List>
  )
}

const seedsSay = (seeds: number) =>
  seeds === 0
    ? 'No seed mailbox is configured: nobody will look at what really arrives between the waves.'
    : `${count(seeds)} seed ${plural(seeds, 'mailbox gets', 'mailboxes get')} a copy at the end of each wave, and the next waits until it was read and right.`

const Lanes = ({ forecast: { lanes, others } }: { forecast: Foreseen }) => (
  <WideTable label="Mail by provider" minWidth={340} maxHeight="22rem">
    <Table.Thead>
      <Table.Tr>
        <Table.Th>Mailbox provider</Table.Th>
        <Table.Th ta="right">Mails</Table.Th>
        <Table.Th ta="right">Likely</Table.Th>
        <Table.Th ta="right">At the latest</Table.Th>
      </Table.Tr>
    </Table.Thead>
    <Table.Tbody>
      {lanes.map((lane) => (
        <LaneRow key={lane.lane} name={laneName(lane.lane)} {...lane} />
      ))}
      {others && <LaneRow name={`${count(others.lanes)} others`} {...others} />}
    </Table.Tbody>
  </WideTable>
)

type LaneProps = { name: string; mails: number; p50Seconds: number; p95Seconds: number }

const LaneRow = ({ name, mails, p50Seconds, p95Seconds }: LaneProps) => (
  <Table.Tr>
    <Table.Th scope="row" fw={400}>
      {name}
    </Table.Th>
    <Table.Td ta="right">{count(mails)}</Table.Td>
    <Table.Td ta="right">{durationWords(p50Seconds)}</Table.Td>
    <Table.Td ta="right">{durationWords(p95Seconds)}</Table.Td>
  </Table.Tr>
)
