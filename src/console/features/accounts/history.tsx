import { Stack, Text, Timeline, Title } from '@mantine/core'
import { Details, happeningWords } from '../../components/happening.js'
import { Since, When } from '../../components/time.js'
import { Who } from '../../components/who.js'
import type { Seen } from './queries.js'

const MOST = 200

/** Everything that happened to the account, the newest first. */
export function History({ history }: Pick<Seen, 'history'>) {
  return (
    <Stack component="section" gap="sm" aria-labelledby="history">
      <Title order={2} size="h3" id="history">
        What happened to it
      </Title>
      {history.length === 0 && <Text>Nothing yet: nobody did anything to it or looked at it.</Text>}
      <Timeline active={-1} bulletSize={14} lineWidth={2}>
        {history.map((event, index) => (
          <Timeline.Item
            // biome-ignore lint/suspicious/noArrayIndexKey: what happened never changes its order
            key={index}
            title={happeningWords(event.kind)}
          >
            <Text size="sm">
              <When at={event.at} />, <Since at={event.at} />, by <Who actor={event.actor} />
            </Text>
            <Details of={event.detail} />
          </Timeline.Item>
        ))}
      </Timeline>
      {history.length >= MOST && <Text size="sm">These are the newest {MOST}.</Text>}
    </Stack>
  )
}
