import { Anchor, Group, List, Stack, Table, Text } from '@mantine/core'
import { IconCircleCheck, IconCircleX } from '@tabler/icons-react'
import { useQuery } from '@tanstack/react-query'
import type { z } from 'zod'
import type { readResult } from '../../../contract/sweep-report.js'
import { Link } from '../../components/link.js'
import { count, words } from '../../components/number.js'
import { Loaded } from '../../components/problem.js'
import { Section } from '../../components/section.js'
import { durationWords, When } from '../../components/time.js'
import { WideTable } from '../../components/wide-table.js'
import { Caution } from './caution.js'
import { ExportReport } from './export-report.js'
import { OutcomesSoFar } from './outcomes.js'
import { outcomesOf, resultOf, type Sweep } from './queries.js'

type Result = z.output<(typeof readResult)['answers'][200]>

/** What a sweep did, whether its numbers add up, and what is still open. */
export function Ended({ sweep }: { sweep: Sweep }) {
  const outcomes = useQuery(outcomesOf(sweep.id, false))
  const result = useQuery(resultOf(sweep.id))
  return (
    <Stack gap="lg">
      <Loaded of={outcomes}>{(so) => <OutcomesSoFar sweep={sweep} outcomes={so} />}</Loaded>
      <Loaded of={result}>
        {(found) => (
          <>
            <Open result={found} />
            <Checks checks={found.checks} />
            <Durations durations={found.durations} />
            <Report sweep={sweep} asOf={found.asOf} />
          </>
        )}
      </Loaded>
    </Stack>
  )
}

function Open({ result: { resets, cases, mail, superseded } }: { result: Result }) {
  const open = cases.total - cases.decided
  return (
    <Section title="What is still open" says={mail.says}>
      <List>
        <List.Item>
          <b>{count(resets.waiting)}</b> of {count(resets.ordered)} owners have not chosen a new
          password yet; {count(resets.opened)} opened the page, {count(resets.completed)} are done.
        </List.Item>
        <List.Item>
          <b>{count(open)}</b> of {count(cases.total)} cases wait for a decision,{' '}
          {count(cases.overdue)} of them overdue. <Link to="/cases">Go to the cases</Link>
        </List.Item>
        {mail.lines.map((line) => (
          <List.Item key={`${line.purpose} ${line.status}`}>
            <b>{count(line.mails)}</b> {words(line.purpose)} mails: {line.says}
          </List.Item>
        ))}
        {superseded.map(({ code, says, count: accounts }) => (
          <List.Item key={code}>
            <b>{count(accounts)}</b> accounts were left alone: {says}
          </List.Item>
        ))}
      </List>
    </Section>
  )
}

function Checks({ checks }: Pick<Result, 'checks'>) {
  const broken = checks.filter(({ holds }) => !holds)
  return (
    <Section
      title="Do the numbers add up?"
      says="The two sides of each line were counted in different places, so that anything lost or done twice would show."
    >
      {broken.length > 0 ? (
        <Caution color="red" title="They do not">
          {`${count(broken.length)} of ${count(checks.length)} lines do not hold. Keep the report and tell whoever runs Cordon.`}
        </Caution>
      ) : (
        <Group gap="xs">
          <IconCircleCheck aria-hidden />
          <Text fw={600}>{`Yes: all ${count(checks.length)} lines hold.`}</Text>
        </Group>
      )}
      <WideTable label="Checks" minWidth={480}>
        <Table.Thead>
          <Table.Tr>
            <Table.Th>Line</Table.Th>
            <Table.Th ta="right">Left</Table.Th>
            <Table.Th ta="right">Right</Table.Th>
            <Table.Th>Holds</Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {checks.map((check) => (
            <CheckRow key={check.name} check={check} />
          ))}
        </Table.Tbody>
      </WideTable>
    </Section>
  )
}

const CheckRow = ({ check }: { check: Result['checks'][number] }) => (
  <Table.Tr>
    <Table.Th scope="row" fw={400}>
      {check.name}
    </Table.Th>
    <Table.Td ta="right">{count(check.left)}</Table.Td>
    <Table.Td ta="right">{count(check.right)}</Table.Td>
    <Table.Td>
      <Group gap={4} wrap="nowrap">
        {check.holds ? (
          <IconCircleCheck aria-hidden size={18} />
        ) : (
          <IconCircleX aria-hidden size={18} />
        )}
        {check.holds ? 'yes' : 'no'}
      </Group>
    </Table.Td>
  </Table.Tr>
)

const said = (seconds: number | null) => (seconds === null ? 'not known' : durationWords(seconds))

const Durations = ({ durations }: Pick<Result, 'durations'>) => (
  <Section title="How long it took">
    <Text size="sm">
      Planning {said(durations.planningSeconds)}, approval {said(durations.approvalSeconds)}, the
      run {said(durations.runSeconds)}. From noticing the incident until all value was held:{' '}
      {said(durations.detectionToHoldsSeconds)}.
    </Text>
  </Section>
)

const Report = ({ sweep, asOf }: { sweep: Sweep; asOf: string }) => (
  <Section title="Report">
    <Text size="sm">
      As of <When at={asOf} />. The report grows with what owners and reviewers do after the run.
    </Text>
    <Group>
      <Anchor href={`/v1/sweeps/${sweep.id}/report`} target="_blank" underline="always">
        Open the whole report (new tab)
      </Anchor>
      {sweep.may.includes('sweep.export') && <ExportReport id={sweep.id} />}
    </Group>
  </Section>
)
