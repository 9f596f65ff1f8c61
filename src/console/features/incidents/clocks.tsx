import { Alert, Stack, Text } from '@mantine/core'
import { IconAlertTriangle, IconClock } from '@tabler/icons-react'
import { durationWords, When } from '../../components/time.js'
import type { Overview } from './queries.js'

const SOON_MINUTES = 12 * 60

/** The time that the law gives, in words: how much is left, or since when it is over. */
export function Clocks({ incident }: { incident: Overview }) {
  const { regulatorDeadlineAt, minutesLeft } = incident.clocks
  const isOver = minutesLeft < 0
  const away = durationWords(Math.abs(minutesLeft) * 60)
  const Icon = isOver ? IconAlertTriangle : IconClock
  return (
    <Alert
      color={isOver ? 'red' : minutesLeft < SOON_MINUTES ? 'orange' : 'blue'}
      variant="outline"
      icon={<Icon aria-hidden />}
      title={
        isOver
          ? `Deadline missed ${away} ago: the 72 hours to tell the regulator are over`
          : `${away} left to tell the regulator`
      }
    >
      <Stack gap={4}>
        <Text size="sm">
          {isOver ? 'It was ' : 'Until '}
          <When at={regulatorDeadlineAt} />, 72 hours after it was noticed (GDPR Article 33).{' '}
          {isOver &&
            'If nobody told them yet: do it now, and say why it is late, as the article asks.'}
        </Text>
        <Text size="sm" c="dimmed">
          Cordon does not know whether they were told; it only counts.
        </Text>
      </Stack>
    </Alert>
  )
}
