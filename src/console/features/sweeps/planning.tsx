import { List, Progress, Stack, Text, ThemeIcon } from '@mantine/core'
import { IconCheck, IconDots, IconLoader2 } from '@tabler/icons-react'
import { useQuery } from '@tanstack/react-query'
import { useEffect } from 'react'
import { PLAN_STEPS, type PlanStep } from '../../../contract/sweeps.js'
import { useAnnounce } from '../../components/announcer.js'
import { count } from '../../components/number.js'
import { Section } from '../../components/section.js'
import { durationWords, useNow } from '../../components/time.js'
import type { Following } from './follow.js'
import { incidentOf, type Sweep } from './queries.js'
import { PLAN_STEP_SAYS, plural } from './words.js'

type Taken = NonNullable<Sweep['progress']['planning']>
type Props = { sweep: Sweep; following: Following }

/** While a worker makes the plan: which step it is at. The page turns to the plan by itself. */
export function Planning({ sweep, following }: Props) {
  const now = useNow(1_000)
  const { data: incident } = useQuery(incidentOf(sweep.incidentId))
  const lists = incident?.lists.filter(({ id }) => sweep.listIds.includes(id)) ?? []
  const entries = lists.reduce((sum, list) => sum + list.entries, 0)
  const taken = (following.progress ?? sweep.progress).planning ?? []
  return (
    <Section title="The plan is being made">
      <Stack gap="sm">
        <Text>
          For {durationWords((now - new Date(sweep.createdAt).getTime()) / 1_000)} now, from{' '}
          {count(entries)} {plural(entries, 'entry', 'entries')} of {count(lists.length)}{' '}
          {plural(lists.length, 'list', 'lists')}, by the policy {sweep.policyVersion}. A million
          entries take about half a minute. This page shows the plan as soon as it is there; you may
          leave it.
        </Text>
        <HowFar taken={taken} />
        <List spacing={6} listStyleType="none" aria-label="Steps of the plan">
          {PLAN_STEPS.map((step) => (
            <Step key={step} step={step} taken={taken} now={now} />
          ))}
        </List>
      </Stack>
    </Section>
  )
}

/** Steps that ended, of all: nobody knows how far a step is before it ends. */
function HowFar({ taken }: { taken: Taken }) {
  const announce = useAnnounce()
  const current = taken.at(-1)
  const says =
    current === undefined
      ? 'It waits for a worker, who first asks which servers take the mail of the listed domains.'
      : `Step ${taken.length} of ${PLAN_STEPS.length}: ${PLAN_STEP_SAYS[current.step].now}.`
  useEffect(() => announce(says), [announce, says])
  const done = taken.filter(({ rows }) => rows !== null).length
  return (
    <>
      <Text fw={600}>{says}</Text>
      <Progress.Root size="xl">
        <Progress.Section
          value={(100 * done) / PLAN_STEPS.length}
          aria-label="Steps of the plan that are done"
        />
      </Progress.Root>
    </>
  )
}

function Step({ step, taken, now }: { step: PlanStep; taken: Taken; now: number }) {
  const own = taken.find((each) => each.step === step)
  const Icon = own === undefined ? IconDots : own.rows === null ? IconLoader2 : IconCheck
  return (
    <List.Item
      icon={
        <ThemeIcon size={22} radius="xl" variant="default" aria-hidden>
          <Icon size={14} />
        </ThemeIcon>
      }
      fw={own?.rows === null ? 600 : 400}
    >
      <Text size="sm" fw="inherit">
        {stepWords(step, own, now)}
      </Text>
    </List.Item>
  )
}

function stepWords(step: PlanStep, own: Taken[number] | undefined, now: number): string {
  const { later, now: doing, done } = PLAN_STEP_SAYS[step]
  if (own === undefined) return `Later: ${later}`
  if (own.rows !== null) return `Done: ${done(count(own.rows))}`
  return `Now: ${doing}, for ${durationWords((now - Date.parse(own.beganAt)) / 1_000)}`
}
