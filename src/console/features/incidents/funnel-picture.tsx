import { Box, Table, Text } from '@mantine/core'
import { count, percent } from '../../components/number.js'
import type { Overview } from './queries.js'

type Step = {
  name: string
  says: string
  value: number | null
  of?: { name: string; whole: number }
}

/** Each step with what its share is of: held and ordered are both parts of what was matched. */
function stepsOf({ exposed, matched, ...done }: Overview['funnel']): Step[] {
  const ofMatched = { name: 'matched', whole: matched ?? 0 }
  const ofOrdered = { name: 'ordered', whole: done.ordered }
  return [
    { name: 'Exposed', says: 'addresses on the lists', value: exposed },
    {
      name: 'Matched',
      says: matched === null ? 'known once there is a plan' : 'accounts of these addresses',
      value: matched,
      of: { name: 'exposed', whole: exposed },
    },
    { name: 'Held', says: 'nothing can be taken out', value: done.held, of: ofMatched },
    {
      name: 'Reset ordered',
      says: 'the old password no longer works',
      value: done.ordered,
      of: ofMatched,
    },
    { name: 'Mailed', says: 'a mail server took the mail', value: done.mailed, of: ofOrdered },
    { name: 'Opened', says: 'the reset page was opened', value: done.opened, of: ofOrdered },
    { name: 'Completed', says: 'a new password was chosen', value: done.completed, of: ofOrdered },
  ]
}

/** From the leak to new passwords: bars on one scale, which read as a table. */
export function FunnelPicture({ funnel }: { funnel: Overview['funnel'] }) {
  const steps = stepsOf(funnel)
  const scale = Math.max(...steps.map(({ value }) => value ?? 0), 1)
  return (
    <Table verticalSpacing={6} horizontalSpacing="xs" withRowBorders={false}>
      <Table.Thead>
        <Table.Tr>
          <Table.Th>Step</Table.Th>
          <Table.Th ta="right">Number</Table.Th>
          <Table.Th ta="right">Share</Table.Th>
        </Table.Tr>
      </Table.Thead>
      <Table.Tbody>
        {steps.map((step) => (
          <Row key={step.name} step={step} scale={scale} />
        ))}
      </Table.Tbody>
    </Table>
  )
}

function Row({ step: { name, says, value, of }, scale }: { step: Step; scale: number }) {
  return (
    <Table.Tr>
      <Table.Th scope="row" fw={400} w="70%">
        <Text component="span" fw={600}>
          {name}
        </Text>
        <Text component="span" size="sm" c="dimmed" ml="xs">
          {says}
        </Text>
        <Box mt={4} h={10} bg="var(--mantine-color-default-hover)" aria-hidden>
          <Box
            h={10}
            w={`${(100 * (value ?? 0)) / scale}%`}
            bg="var(--mantine-primary-color-filled)"
          />
        </Box>
      </Table.Th>
      <Table.Td ta="right" fw={600} style={{ verticalAlign: 'bottom', whiteSpace: 'nowrap' }}>
        {count(value)}
      </Table.Td>
      <Table.Td ta="right" style={{ verticalAlign: 'bottom', whiteSpace: 'nowrap' }}>
        {of && value !== null && of.whole > 0 ? (
          <>
            {percent(value, of.whole)}
            <Text component="span" size="xs" c="dimmed" display="block">
              of {of.name}
            </Text>
          </>
        ) : (
          '–'
        )}
      </Table.Td>
    </Table.Tr>
  )
}
