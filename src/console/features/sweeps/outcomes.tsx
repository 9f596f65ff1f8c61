import { List, Table, Text } from '@mantine/core'
import { count } from '../../components/number.js'
import { OUTCOME_ORDER, outcomeName, outcomeSays } from '../../components/outcome-words.js'
import { Section } from '../../components/section.js'
import { WideTable } from '../../components/wide-table.js'
import { Caution } from './caution.js'
import type { Outcomes, Sweep } from './queries.js'
import { plural } from './words.js'

type Props = { sweep: Sweep; outcomes: Outcomes }

/** What became of the accounts, beside what was planned for them. */
export function OutcomesSoFar({ sweep, outcomes: { byOutcome, failures } }: Props) {
  const planned = sweep.counts?.byOutcome ?? {}
  const codes = OUTCOME_ORDER.filter((code) => (planned[code] ?? 0) + (byOutcome[code] ?? 0) > 0)
  return (
    <Section title="Outcomes">
      <WideTable label="Outcomes" minWidth={300}>
        <Table.Thead>
          <Table.Tr>
            <Table.Th>Outcome</Table.Th>
            <Table.Th ta="right">Planned</Table.Th>
            <Table.Th ta="right">Done</Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {codes.map((code) => (
            <Table.Tr key={code}>
              <Table.Th scope="row" fw={400}>
                <Text fw={600} size="sm">
                  {outcomeName(code)}
                </Text>
                <Text size="sm" c="dimmed">
                  {outcomeSays(code)}
                </Text>
              </Table.Th>
              <Table.Td ta="right">{count(planned[code] ?? 0)}</Table.Td>
              <Table.Td ta="right">{count(byOutcome[code] ?? 0)}</Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </WideTable>
      <Failures failures={failures} />
    </Section>
  )
}

const PHASES = { hold: 'holding value', canary: 'the first accounts', act: 'the other accounts' }

function Failures({ failures }: Pick<Outcomes, 'failures'>) {
  if (failures.length === 0) return <Text size="sm">Nothing broke off.</Text>
  return (
    <Caution
      title={`${count(failures.length)} ${plural(failures.length, 'part', 'parts')} broke off`}
    >
      <Text size="sm">
        A part that breaks off changed nothing and is tried again. At the fifth time the sweep
        pauses by itself.
      </Text>
      <List size="sm">
        {failures.map((part) => (
          <List.Item key={part.chunk}>
            Part {part.chunk} ({PHASES[part.phase]}, {count(part.accounts)} accounts):{' '}
            {count(part.failures)} {plural(part.failures, 'time', 'times')}
            {part.lastFailure && `, last because of “${part.lastFailure}”`}.{' '}
            {part.isDone ? 'It is done now.' : 'It is not done yet.'}
          </List.Item>
        ))}
      </List>
    </Caution>
  )
}
