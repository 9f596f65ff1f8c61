import { Badge, Group, Paper, Stack, Text } from '@mantine/core'
import {
  IconAlertTriangle,
  IconCircleCheck,
  IconCircleX,
  IconClock,
  IconPlayerPause,
  IconPlayerPlay,
  IconPlugConnectedX,
} from '@tabler/icons-react'
import { clockWords } from '../../components/time.js'
import { isEnded, type Sweep } from './queries.js'
import { STATUS_SAYS } from './words.js'

const LOOKS: Record<Sweep['status'], { color: string; icon: typeof IconClock }> = {
  planning: { color: 'gray', icon: IconClock },
  planned: { color: 'blue', icon: IconClock },
  approved: { color: 'blue', icon: IconCircleCheck },
  running: { color: 'green', icon: IconPlayerPlay },
  paused: { color: 'orange', icon: IconPlayerPause },
  finished: { color: 'green', icon: IconCircleCheck },
  aborted: { color: 'red', icon: IconCircleX },
  failed: { color: 'red', icon: IconAlertTriangle },
}

type Props = { sweep: Sweep; isLive: boolean; wasLive: boolean; asOfMs: number }

/** What state the sweep is in, why, and whether what is shown is of this moment. */
export function Standing({ sweep, isLive, wasLive, asOfMs }: Props) {
  const { icon: Icon } = LOOKS[sweep.status]
  return (
    <Paper withBorder p="md">
      <Group justify="space-between" align="flex-start">
        <Group gap="sm" align="flex-start" wrap="nowrap" maw="46rem">
          <Icon aria-hidden size={28} style={{ flexShrink: 0 }} />
          <Stack gap={4}>
            <Text fw={700} tt="capitalize">
              {sweep.status}
            </Text>
            <Text>{STATUS_SAYS[sweep.status]}</Text>
            {sweep.statusReason && <Text fw={600}>{`Why: ${sweep.statusReason}`}</Text>}
          </Stack>
        </Group>
        {!isEnded(sweep) && <Heard isLive={isLive} wasLive={wasLive} asOfMs={asOfMs} />}
      </Group>
    </Paper>
  )
}

/** Numbers that are not of this moment say so. */
function Heard({ isLive, wasLive, asOfMs }: Omit<Props, 'sweep'>) {
  if (isLive)
    return (
      <Badge color="green" variant="outline" c="var(--mantine-color-text)">
        Live
      </Badge>
    )
  return (
    <Group gap="xs" wrap="nowrap" {...(wasLive ? { role: 'alert' } : {})}>
      <IconPlugConnectedX aria-hidden style={{ flexShrink: 0 }} />
      <Text size="sm" fw={600}>
        {wasLive
          ? `Reconnecting. What you see is of ${clockWords(asOfMs)}, not of now.`
          : 'Connecting'}
      </Text>
    </Group>
  )
}
