import { Button, Group, NumberInput, Slider, Stack, Table, Text } from '@mantine/core'
import { useDebouncedValue } from '@mantine/hooks'
import { useQuery } from '@tanstack/react-query'
import { useEffect, useState } from 'react'
import { useAnnounce } from '../../components/announcer.js'
import { count } from '../../components/number.js'
import { OUTCOME_ORDER, outcomeName } from '../../components/outcome-words.js'
import { Problem } from '../../components/problem.js'
import { Section } from '../../components/section.js'
import { WideTable } from '../../components/wide-table.js'
import { type Plan, type Sweep, simulationOf } from './queries.js'
import { boundSays, factSays } from './words.js'

type Threshold = Plan['thresholds'][number]

const placeOf = ({ tier, fact, bound }: Threshold) => `${tier}.${fact}.${bound}`
const WAIT_MS = 150

/** What would change in the plan if the thresholds of its tiers lay elsewhere. */
export function Simulation({ sweep, plan }: { sweep: Sweep; plan: Plan }) {
  const [moved, setMoved] = useState<Record<string, number>>({})
  const asked = Object.entries(moved).map(([place, value]) => `${place}:${value}`)
  const [thresholds] = useDebouncedValue(asked.join(','), WAIT_MS)
  if (plan.thresholds.length === 0) return null
  const move = (threshold: Threshold, value: number) =>
    setMoved(({ [placeOf(threshold)]: _, ...others }) =>
      value === threshold.value ? others : { ...others, [placeOf(threshold)]: value },
    )
  return (
    <Section
      title="What changes if a threshold moves"
      says="The accounts of this plan are judged again on the evidence the plan was made from. Scores and reasons stay as they are, because only the thresholds of the tiers move. Not asked again are the lists, the directory, logins since the plan was made, the time the mail takes and how many approvals are needed. Nothing is stored: to use other thresholds, plan again with another policy."
      aside={
        <Button
          size="xs"
          variant="default"
          disabled={asked.length === 0}
          onClick={() => setMoved({})}
        >
          Back to the policy
        </Button>
      }
    >
      <Stack gap="md">
        {plan.thresholds.map((threshold) => (
          <Mover
            key={placeOf(threshold)}
            threshold={threshold}
            value={moved[placeOf(threshold)] ?? threshold.value}
            onMove={(value) => move(threshold, value)}
          />
        ))}
      </Stack>
      <Answer sweep={sweep} tiers={plan.tiers.map(({ name }) => name)} thresholds={thresholds} />
    </Section>
  )
}

const LONGEST = 50

type MoverProps = { threshold: Threshold; value: number; onMove(value: number): void }

function Mover({ threshold, value, onMove }: MoverProps) {
  const { tier, fact, bound, most } = threshold
  const says = `${tier}: ${factSays(fact)}, ${boundSays(bound)}`
  const max = Math.max(threshold.value, Math.min(most + 1, LONGEST), 2)
  return (
    <Group align="flex-end" gap="lg">
      <Stack gap={6} flex={1} miw="14rem">
        <Text size="sm" aria-hidden>
          {says}
        </Text>
        <Slider
          thumbLabel={says}
          min={1}
          max={max}
          value={Math.min(value, max)}
          onChange={onMove}
          label={null}
        />
      </Stack>
      <NumberInput
        aria-label={`${says}, exactly`}
        w="7rem"
        min={1}
        max={999_999_999}
        allowDecimal={false}
        value={value}
        onChange={(next) => typeof next === 'number' && next >= 1 && onMove(next)}
      />
      <Text size="sm" w="11rem">
        {value === threshold.value ? 'as in the policy' : `in the policy: ${threshold.value}`}
        {`, most here: ${count(most)}`}
      </Text>
    </Group>
  )
}

type AnswerProps = { sweep: Sweep; tiers: readonly string[]; thresholds: string }

function Answer({ sweep, tiers, thresholds }: AnswerProps) {
  const { data, error, isPlaceholderData } = useQuery(simulationOf(sweep.id, thresholds))
  const announce = useAnnounce()
  const resets = data?.resets
  useEffect(() => {
    if (thresholds !== '' && resets !== undefined && !isPlaceholderData)
      announce(`${count(resets)} resets with these thresholds`)
  }, [announce, thresholds, resets, isPlaceholderData])
  const { counts } = sweep
  if (!counts || thresholds === '')
    return <Text size="sm">Move a threshold to see what would change.</Text>
  if (error) return <Problem error={error} />
  if (!data) return null
  const outcomes = OUTCOME_ORDER.filter(
    (code) => (counts.byOutcome[code] ?? 0) + (data.byOutcome[code] ?? 0) > 0,
  )
  return (
    <Stack gap="xs" aria-busy={isPlaceholderData}>
      <WideTable label="Plan and simulation" minWidth={420}>
        <Table.Thead>
          <Table.Tr>
            <Table.Th>Accounts</Table.Th>
            <Table.Th ta="right">In the plan</Table.Th>
            <Table.Th ta="right">With these thresholds</Table.Th>
            <Table.Th ta="right">Difference</Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {tiers.map((tier) => (
            <Compared
              key={tier}
              name={`Tier ${tier}`}
              before={counts.byTier[tier] ?? 0}
              after={data.byTier[tier] ?? 0}
            />
          ))}
          {outcomes.map((code) => (
            <Compared
              key={code}
              name={`Outcome ${outcomeName(code).toLowerCase()}`}
              before={counts.byOutcome[code] ?? 0}
              after={data.byOutcome[code] ?? 0}
            />
          ))}
        </Table.Tbody>
      </WideTable>
      <Moves moves={data.moves} />
    </Stack>
  )
}

const SIGNED = new Intl.NumberFormat(undefined, { signDisplay: 'exceptZero' })

const Compared = ({ name, before, after }: { name: string; before: number; after: number }) => (
  <Table.Tr>
    <Table.Th scope="row" fw={400}>
      {name}
    </Table.Th>
    <Table.Td ta="right">{count(before)}</Table.Td>
    <Table.Td ta="right">{count(after)}</Table.Td>
    <Table.Td ta="right" fw={before === after ? 400 : 700}>
      {SIGNED.format(after - before)}
    </Table.Td>
  </Table.Tr>
)

const Moves = ({ moves }: { moves: readonly { from: string; to: string; accounts: number }[] }) => (
  <Text size="sm">
    {moves.length === 0
      ? 'No account changes its tier.'
      : `Who moves: ${moves.map(({ from, to, accounts }) => `${count(accounts)} from ${from} to ${to}`).join('; ')}.`}
  </Text>
)
