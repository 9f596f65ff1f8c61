import { Badge, Group, Table, Text } from '@mantine/core'
import { Link } from '../../components/link.js'
import { count } from '../../components/number.js'
import { effectsSay, outcomeName } from '../../components/outcome-words.js'
import { Section } from '../../components/section.js'
import { WideTable } from '../../components/wide-table.js'
import type { Action, Plan } from './queries.js'
import { plural, reasonSays } from './words.js'

/** The ends of the plan: who is hit hardest and who least, and why. */
export const Samples = ({ plan }: { plan: Plan }) => (
  <Section
    title="First and last rows of the plan"
    says="The plan is in the order of its scores. Every approver sees these same rows; they are part of what the digest stands for."
  >
    <Rows plan={plan} />
  </Section>
)

type Ends = Pick<Plan, 'first' | 'last' | 'reasons'>

/** The same rows, wherever somebody decides by them. */
export const Rows = ({ plan }: { plan: Ends }) => (
  <WideTable label="Rows of the plan" minWidth={520} horizontalSpacing={6}>
    <Table.Thead>
      <Table.Tr>
        <Table.Th ta="right">Row</Table.Th>
        <Table.Th>Account</Table.Th>
        <Table.Th ta="right">Score</Table.Th>
        <Table.Th>Tier</Table.Th>
        <Table.Th>What will be done</Table.Th>
        <Table.Th>Why</Table.Th>
      </Table.Tr>
    </Table.Thead>
    <Table.Tbody>
      {plan.first.map((action) => (
        <Row key={action.seq} action={action} plan={plan} />
      ))}
      <Gap plan={plan} />
      {plan.last.map((action) => (
        <Row key={action.seq} action={action} plan={plan} />
      ))}
    </Table.Tbody>
  </WideTable>
)

function Gap({ plan: { first, last } }: { plan: Ends }) {
  const between = (last[0]?.seq ?? 0) - (first.at(-1)?.seq ?? 0) - 1
  if (between <= 0) return null
  return (
    <Table.Tr>
      <Table.Td colSpan={6}>
        <Text size="sm" c="dimmed">
          {count(between)} {plural(between, 'row', 'rows')} between
        </Text>
      </Table.Td>
    </Table.Tr>
  )
}

const Row = ({ action, plan }: { action: Action; plan: Ends }) => (
  <Table.Tr>
    <Table.Td ta="right">{count(action.seq)}</Table.Td>
    <Table.Td miw="6rem" style={{ overflowWrap: 'anywhere' }}>
      <Link to={`/accounts/${encodeURIComponent(action.accountId)}`}>{action.accountId}</Link>
    </Table.Td>
    <Table.Td ta="right">{action.score}</Table.Td>
    <Table.Td>
      <Group gap={6}>
        {action.tier}
        {action.priority === 'critical' && <Badge color="red">critical</Badge>}
      </Group>
    </Table.Td>
    <Table.Td>
      {outcomeName(action.planned)}: {effectsSay(action.effects)}
    </Table.Td>
    <Table.Td>
      {action.reasons.map((code) => reasonSays(code, plan.reasons)).join(', ') || 'no rule applied'}
    </Table.Td>
  </Table.Tr>
)
