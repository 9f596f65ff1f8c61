import { Progress, SimpleGrid, Stack, Text } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { count, percent } from '../../components/number.js'
import { Loaded } from '../../components/problem.js'
import { Figure, Section } from '../../components/section.js'
import { durationWords, useNow } from '../../components/time.js'
import { type Following, rateOf } from './follow.js'
import { OutcomesSoFar } from './outcomes.js'
import { outcomesOf, type Sweep } from './queries.js'
import { SweepMail } from './sweep-mail.js'

type Props = { sweep: Sweep; following: Following; isLive: boolean }

/** A sweep that runs or is paused: how far, how fast, what became of whom, and what broke off. */
export function Running({ sweep, following, isLive }: Props) {
  const asked = useQuery(outcomesOf(sweep.id, true))
  return (
    <Stack gap="lg">
      <HowFar sweep={sweep} following={following} isLive={isLive} />
      <Loaded of={asked}>
        {(outcomes) => <OutcomesSoFar sweep={sweep} outcomes={outcomes} />}
      </Loaded>
      <SweepMail id={sweep.id} />
    </Stack>
  )
}

function HowFar({ sweep, following, isLive }: Props) {
  useNow(1_000)
  const progress = following.progress ?? sweep.progress
  const { accounts, accountsDone } = progress
  const isMoving = isLive && sweep.status === 'running'
  const rate = isMoving ? rateOf(following.marks, performance.now()) : null
  return (
    <Section title="How far it is">
      <SimpleGrid cols={{ base: 2, md: 4 }}>
        <Figure
          name="Accounts done"
          value={count(accountsDone)}
          says={`of ${count(accounts)}, ${percent(accountsDone, accounts)}`}
        />
        <Figure name="Accounts a second" value={rate === null ? '–' : count(Math.round(rate))} />
        <Figure
          name="Still to do"
          value={count(accounts - accountsDone)}
          says={leftSays(rate, accounts - accountsDone)}
        />
        <Figure
          name="Parts done"
          value={`${count(progress.chunksDone)} of ${count(progress.chunks)}`}
          says={progress.holdsDone ? 'value is held everywhere' : 'value is being held first'}
        />
      </SimpleGrid>
      <Progress.Root size="xl" aria-hidden={false}>
        <Progress.Section
          value={accounts > 0 ? (100 * accountsDone) / accounts : 0}
          aria-label={isLive ? 'Accounts done' : 'Accounts done when last heard'}
        />
      </Progress.Root>
      <Text size="sm">
        {isLive ? 'As of now.' : 'These numbers are not of now: the connection is down.'}
      </Text>
    </Section>
  )
}

const leftSays = (rate: number | null, left: number) =>
  rate !== null && rate > 0 && left > 0 ? `about ${durationWords(left / rate)} more` : undefined
