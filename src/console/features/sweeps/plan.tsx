import { SimpleGrid, Stack, Text } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { count } from '../../components/number.js'
import {
  effectsSay,
  OUTCOME_ORDER,
  outcomeName,
  outcomeSays,
} from '../../components/outcome-words.js'
import { Loaded } from '../../components/problem.js'
import { Figure, Section } from '../../components/section.js'
import { durationWords } from '../../components/time.js'
import { BarTable } from './bar-table.js'
import { Forecast } from './forecast.js'
import { Histogram } from './histogram.js'
import { Money } from './money.js'
import { type Plan, planOf, type Sweep } from './queries.js'
import { Samples } from './samples.js'
import { Simulation } from './simulation.js'

/** A plan, as everybody reads it who approves it. */
export function PlanParts({ sweep }: { sweep: Sweep }) {
  const asked = useQuery(planOf(sweep.id))
  const { counts, histogram } = sweep
  if (!counts) return null
  return (
    <Stack gap="lg">
      <Figures sweep={sweep} accounts={counts.accounts} />
      <OutcomesPlanned counts={counts} />
      <Loaded of={asked}>
        {(plan) => (
          <>
            <Tiers plan={plan} accounts={counts.accounts} />
            {histogram && <Histogram bands={histogram} />}
            <Money plan={plan} />
            <Samples plan={plan} />
            <Forecast forecast={sweep.forecast} />
            <Simulation sweep={sweep} plan={plan} />
          </>
        )}
      </Loaded>
      <Exposure counts={counts} excluded={sweep.exclude.length} />
    </Stack>
  )
}

const Figures = ({ sweep, accounts }: { sweep: Sweep; accounts: number }) => (
  <SimpleGrid cols={{ base: 2, md: 4 }}>
    <Figure name="Accounts" value={count(accounts)} says="matched and in this plan" />
    <Figure name="Passwords to reset" value={count(sweep.resets)} />
    <Figure name="Mails" value={count(sweep.forecast?.mails)} />
    <Figure
      name="Mail likely through in"
      value={sweep.forecast ? durationWords(sweep.forecast.p50Seconds) : '–'}
    />
  </SimpleGrid>
)

type Counts = NonNullable<Sweep['counts']>

const OutcomesPlanned = ({ counts }: { counts: Counts }) => (
  <Section title="What will be done">
    <BarTable
      caption="Every account has exactly one outcome."
      head={['Outcome', 'Accounts']}
      rows={OUTCOME_ORDER.filter((code) => (counts.byOutcome[code] ?? 0) > 0).map((code) => ({
        key: code,
        name: outcomeName(code),
        says: outcomeSays(code),
        value: counts.byOutcome[code] ?? 0,
      }))}
      whole={counts.accounts}
    />
  </Section>
)

const Tiers = ({ plan, accounts }: { plan: Plan; accounts: number }) => (
  <Section
    title="Tiers"
    says="An account is in the first tier that fits it. Accounts of a tier that were reset already, or whose address is only an alias of an exposed one, get less than the tier says."
  >
    <BarTable
      caption="Accounts by tier, the most endangered first."
      head={['Tier', 'Accounts']}
      more="Effects"
      rows={plan.tiers.map((tier) => ({
        key: tier.name,
        name: tier.name,
        says: tier.says,
        more: effectsSay(tier.effects),
        value: tier.accounts,
      }))}
      whole={accounts}
    />
  </Section>
)

/** From the lists to the accounts, so that nothing is lost on the way unseen. */
const Exposure = ({ counts, excluded }: { counts: Counts; excluded: number }) => (
  <Section title="From the lists to the accounts">
    <Text size="sm">
      {count(counts.entries)} entries are {count(counts.exposed)} different ones and{' '}
      {count(counts.duplicates)} repeated. Of the different ones {count(counts.matched)} belong to
      accounts, {count(counts.unknown)} to nobody here, and {count(counts.rejected)} could not be
      read. {count(counts.equivalent)} accounts were found only by an alias, and go to people.{' '}
      {excluded > 0 &&
        `${count(excluded)} accounts were left out by hand, of whom ${count(counts.excluded)} would have been in the plan.`}
    </Text>
  </Section>
)
