import { Button, Group, List, Paper, Stack, Text, Title } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { session } from '../../api.js'
import { Subject } from '../../components/happening.js'
import { count, words } from '../../components/number.js'
import { Empty } from '../../components/problem.js'
import { When } from '../../components/time.js'
import type { SweepMail, Valve } from './queries.js'
import { RetryDialog } from './retry-dialog.js'
import { SeedCopies, SeedMailboxes } from './seeds.js'
import { useStableOrder } from './stable-order.js'

type Props = {
  sweeps: readonly SweepMail[]
  closed: readonly Valve[]
  onStop: (scope: string) => void
}

/** Each sweep with mail on its way, and the waves it goes in. */
export function Sweeps({ sweeps, closed, onStop }: Props) {
  const [retried, setRetried] = useState<SweepMail | null>(null)
  const rows = useStableOrder(sweeps, ({ sweepId }) => sweepId)
  const stopped = new Set(closed.map(({ scope }) => scope))
  return (
    <Stack component="section" gap="sm" aria-labelledby="sweeps">
      <Title order={2} size="h3" id="sweeps">
        Sweeps with mail on its way
      </Title>
      {rows.length === 0 && (
        <Empty title="No sweep has mail on its way">
          Once a sweep runs, its mails appear here, with the small first wave that is looked at
          before the rest may leave.
        </Empty>
      )}
      {rows.map((sweep) => (
        <SweepRow
          key={sweep.sweepId}
          sweep={sweep}
          isStopped={stopped.has(`sweep:${sweep.sweepId}`)}
          onStop={onStop}
          onRetry={() => setRetried(sweep)}
        />
      ))}
      {retried && <RetryDialog sweep={retried} onClose={() => setRetried(null)} />}
    </Stack>
  )
}

type RowProps = {
  sweep: SweepMail
  isStopped: boolean
  onStop: Props['onStop']
  onRetry: () => void
}

function SweepRow({ sweep, isStopped, onStop, onRetry }: RowProps) {
  const { sweepId, status, unknown } = sweep
  return (
    <Paper withBorder p="md" component="article" aria-label={`Mail of sweep ${sweepId}`}>
      <Stack gap="xs">
        <Group justify="space-between" align="flex-start">
          <Text fw={600}>
            <Subject of={`sweep:${sweepId}`} />: {words(status)}
            {isStopped && ', its mail is stopped'}
          </Text>
          <Acts sweep={sweep} isStopped={isStopped} onStop={onStop} onRetry={onRetry} />
        </Group>
        <Text size="sm" style={{ fontVariantNumeric: 'tabular-nums' }}>
          {numbersOf(sweep)}
        </Text>
        {unknown > 0 && (
          <Text size="sm">
            <strong>{count(unknown)} unknown</strong>: the connection ended before the provider said
            whether it took them, so they may or may not have arrived.
          </Text>
        )}
        <SeedMailboxes seedMailboxes={sweep.seedMailboxes} />
        <Waves waves={sweep.waves} />
      </Stack>
    </Paper>
  )
}

const numbersOf = ({ waiting, held, sending, accepted, rejected, withdrawn }: SweepMail) =>
  [
    `${count(waiting)} waiting to leave`,
    `${count(held)} wait for their wave`,
    `${count(sending)} being sent`,
    `${count(accepted)} accepted`,
    `${count(rejected)} rejected`,
    `${count(withdrawn)} withdrawn`,
  ].join(' · ')

function Acts({ sweep: { sweepId, unknown }, isStopped, onStop, onRetry }: RowProps) {
  const { data: me } = useQuery(session)
  return (
    <Group gap="xs">
      {unknown > 0 && me?.may.includes('mail.open') && (
        <Button size="xs" variant="default" onClick={onRetry}>
          Send {count(unknown)} unknown again…
        </Button>
      )}
      {!isStopped && me?.may.includes('mail.close') && (
        <Button size="xs" variant="default" onClick={() => onStop(`sweep:${sweepId}`)}>
          Stop the mail of this sweep
        </Button>
      )}
    </Group>
  )
}

function Waves({ waves }: Pick<SweepMail, 'waves'>) {
  if (waves.length === 0) return <Text size="sm">Its mail does not go in waves so far.</Text>
  return (
    <List size="sm">
      {waves.map((wave) => (
        <List.Item key={wave.no}>
          {wave.no === 0 ? 'Canary, the small first wave' : `Wave ${wave.no}`}: {count(wave.mails)}{' '}
          mails, <WaveState wave={wave} />
          <SeedCopies seeds={wave.seeds} />
        </List.Item>
      ))}
    </List>
  )
}

function WaveState({ wave }: { wave: SweepMail['waves'][number] }) {
  if (wave.stoppedAt)
    return (
      <>
        <strong>stopped</strong> <When at={wave.stoppedAt} />:{' '}
        {wave.stopReason ?? 'no reason given'}
      </>
    )
  if (wave.verifiedAt)
    return (
      <>
        verified <When at={wave.verifiedAt} />
      </>
    )
  if (wave.endedAt)
    return (
      <>
        all left by <When at={wave.endedAt} />, being verified
      </>
    )
  return (
    <>
      leaving since <When at={wave.releasedAt} />
    </>
  )
}
