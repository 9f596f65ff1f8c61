import { Alert, SimpleGrid, Stack, Text } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { count } from '../../components/number.js'
import { Page } from '../../components/page.js'
import { Loaded } from '../../components/problem.js'
import { clockWords, durationWords, useNow } from '../../components/time.js'
import { ClosedValves } from './closed-valves.js'
import { Counts } from './counts.js'
import { Lanes } from './lanes.js'
import { type Mail, mailNow } from './queries.js'
import { Sweeps } from './sweeps.js'
import { type Turn, TurnDialog } from './turn-dialog.js'
import { ValvePanel } from './valve-panel.js'

/** How far mail is, and the switches that stop it. */
export function MailNow() {
  const asked = useQuery(mailNow)
  const [turn, setTurn] = useState<Turn | null>(null)
  return (
    <Page title="Mail">
      {asked.data && <Stale at={asked.dataUpdatedAt} />}
      <Loaded of={asked}>
        {(now) => (
          <Stack gap="xl">
            <ValvePanel
              mail={now}
              isBusy={turn !== null}
              onTurn={(to) => setTurn(turnOf(now, 'global', to))}
            />
            <Totals mail={now} />
            <ClosedValves mail={now} onOpen={(scope) => setTurn(turnOf(now, scope, 'open'))} />
            <Lanes
              lanes={now.lanes}
              closed={now.closed}
              onStop={(scope) => setTurn(turnOf(now, scope, 'closed'))}
            />
            <Sweeps
              sweeps={now.sweeps}
              closed={now.closed}
              onStop={(scope) => setTurn(turnOf(now, scope, 'closed'))}
            />
            <Counts counts={now.counts} />
          </Stack>
        )}
      </Loaded>
      {turn && <TurnDialog turn={turn} onClose={() => setTurn(null)} />}
    </Page>
  )
}

const STALE_MS = 6_000

/** Old numbers must not look like new ones, whatever keeps new ones away. */
function Stale({ at }: { at: number }) {
  if (useNow(1_000) - at < STALE_MS) return null
  return (
    <Alert
      color="yellow"
      variant="outline"
      title="This is not renewed any more"
      c="var(--mantine-color-text)"
    >
      What you see is of {clockWords(at)}. Whether mail leaves now is not known here.
    </Alert>
  )
}

const NONE = { waiting: 0, sending: 0 }

/** The numbers that a turn of this valve is about. */
function turnOf(now: Mail, scope: string, to: Turn['to']): Turn {
  const opening = now.closed.find((valve) => valve.scope === scope)?.opening ?? null
  const { waiting, sending } =
    scope === 'global'
      ? totalsOf(now)
      : (now.lanes.find(({ lane }) => `lane:${lane}` === scope) ??
        now.sweeps.find(({ sweepId }) => `sweep:${sweepId}` === scope) ??
        NONE)
  return { scope, to, waiting, sending, opening }
}

const totalsOf = ({ lanes }: Mail) => {
  const sum = (of: 'waiting' | 'held' | 'sending') =>
    lanes.reduce((total, lane) => total + lane[of], 0)
  return { waiting: sum('waiting'), held: sum('held'), sending: sum('sending') }
}

function Totals({ mail: now }: { mail: Mail }) {
  const { valve } = now
  const { waiting, held, sending } = totalsOf(now)
  const accepted = now.counts.reduce(
    (total, { status, mails }) => total + (status === 'accepted' ? mails : 0),
    0,
  )
  const figures = [
    ['Waiting', count(waiting), 'to leave, as fast as its provider takes it'],
    ['Wait for their wave', count(held), 'and leave when it is let go'],
    ['Being sent', count(sending), 'at this moment'],
    ['Accepted', count(accepted), 'by the mailbox providers'],
    [
      'Time left',
      timeLeft(now),
      valve.state === 'closed' ? 'nothing leaves' : 'at the rates of now',
    ],
  ] as const
  return (
    <SimpleGrid cols={{ base: 2, sm: 3, md: 5 }} component="section" aria-label="All mail">
      {figures.map(([name, value, means]) => (
        <Stack key={name} gap={0}>
          <Text size="sm">{name}</Text>
          <Text fw={700} size="xl" style={{ fontVariantNumeric: 'tabular-nums' }}>
            {value}
          </Text>
          <Text size="xs" c="dimmed">
            {means}
          </Text>
        </Stack>
      ))}
    </SimpleGrid>
  )
}

function timeLeft({ valve, secondsLeft }: Mail): string {
  if (valve.state === 'closed') return 'Stopped'
  return secondsLeft === null ? 'Not known' : durationWords(secondsLeft)
}
