import { Button, Group, Paper, Stack, Text, Title } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { session } from '../../api.js'
import { Subject } from '../../components/happening.js'
import { laneName } from '../../components/number.js'
import { Since } from '../../components/time.js'
import { partsOf, Who } from '../../components/who.js'
import type { Mail, Valve } from './queries.js'
import { scopeWords } from './scope-words.js'
import { useStableOrder } from './stable-order.js'
import { Wish } from './valve-panel.js'

/** Sweeps and lanes that are stopped on their own; nothing while there are none. */
export function ClosedValves({ mail, onOpen }: { mail: Mail; onOpen: (scope: string) => void }) {
  const own = mail.closed.filter(({ scope }) => scope !== 'global')
  const rows = useStableOrder(own, ({ scope }) => scope)
  if (rows.length === 0) return null
  return (
    <Stack component="section" gap="sm" aria-labelledby="closed-valves">
      <Title order={2} size="h3" id="closed-valves">
        Stopped on their own
      </Title>
      {rows.map((valve) => (
        <ClosedValve key={valve.scope} valve={valve} onOpen={onOpen} />
      ))}
    </Stack>
  )
}

function ClosedValve({ valve, onOpen }: { valve: Valve; onOpen: (scope: string) => void }) {
  const { data: me } = useQuery(session)
  const { scope, changedBy, changedByName, changedAt, reason, opening } = valve
  const isOwnWish = opening?.askedBy === `staff:${me?.staff.id}`
  return (
    <Paper withBorder p="md">
      <Stack gap="xs">
        <Group justify="space-between" align="flex-start">
          <Stack gap={2}>
            <Text fw={600}>
              <Stopped scope={scope} /> is stopped
            </Text>
            <Text size="sm">
              By <Who actor={changedBy} name={changedByName} /> <Since at={changedAt} />. Reason:{' '}
              {reason}
            </Text>
          </Stack>
          {me?.may.includes('mail.open') && !isOwnWish && (
            <Button variant="default" onClick={() => onOpen(scope)}>
              {opening ? 'Agree to let' : 'Let'} {scopeWords(scope)} leave
            </Button>
          )}
        </Group>
        {opening && <Wish opening={opening} />}
      </Stack>
    </Paper>
  )
}

const Stopped = ({ scope }: { scope: string }) =>
  scope.startsWith('sweep:') ? (
    <>
      The mail of <Subject of={scope} />
    </>
  ) : (
    <>Mail to {laneName(partsOf(scope).id)}</>
  )
