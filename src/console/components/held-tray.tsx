import { Alert, Box, Button, Group, Paper, Progress, Stack, Text } from '@mantine/core'
import { IconAlertTriangle, IconClock, IconSend } from '@tabler/icons-react'
import { useEffect } from 'react'
import { useLocation } from 'wouter'
import { PROBLEMS } from '../../contract/problem.js'
import { Refusal } from '../../platform/errors.js'
import { isRefusal } from '../api.js'
import { useAnnounce } from './announcer.js'
import { dismiss, dismissLeft, resend, sendHeld, undo, useHeld } from './held-act.js'
import { KeyNames, useKey } from './keys.js'
import { Link } from './link.js'
import { useFreshen } from './step-up.js'
import { useNow } from './time.js'

/** On every screen: what was decided and not sent yet, and what could not be done. */
export function HeldTray() {
  const { held, sending, failed, left } = useHeld()
  if (!held && sending.length + failed.length === 0 && !left) return null
  return (
    <Box pos="sticky" bottom={0} pt="md" style={{ zIndex: 50 }}>
      <Stack gap="xs" role="region" aria-label="What you decided">
        {left && <Left left={left} />}
        {failed.map((each) => (
          <Failure key={each.no} failed={each} />
        ))}
        {sending.map(({ no, says }) => (
          <Paper key={no} withBorder shadow="md" p="xs">
            <Group gap="xs">
              <IconSend size={18} aria-hidden />
              <Text size="sm">{`${says}: being sent`}</Text>
            </Group>
          </Paper>
        ))}
        {held && <Pending key={held.no} held={held} />}
      </Stack>
    </Box>
  )
}

type State = ReturnType<typeof useHeld>

function Pending({ held }: { held: NonNullable<State['held']> }) {
  const [, go] = useLocation()
  const announce = useAnnounce()
  const seconds = Math.max(0, Math.ceil((held.endsAt - useNow(250)) / 1_000))
  const { says } = held
  useEffect(
    () => announce(`${says}: not sent yet. Take it back with u within ten seconds.`),
    [announce, says],
  )
  const takeBack = () => {
    const taken = undo()
    if (!taken) return
    announce(`Taken back: ${taken.says}. Nothing was sent.`)
    go(taken.path)
  }
  useKey({ keys: 'u', says: 'Take back what is not sent yet', run: takeBack })
  return (
    <Paper withBorder shadow="md" p="xs">
      <Group justify="space-between" gap="sm">
        <Group gap="xs" wrap="nowrap">
          <IconClock size={18} aria-hidden />
          <Text size="sm">
            <strong>{says}</strong>
            {`: not sent yet. It is sent in ${seconds} s, or when you decide again or leave.`}
          </Text>
        </Group>
        <Group gap="xs">
          <Button size="xs" variant="default" onClick={() => void sendHeld()}>
            Send now
          </Button>
          <Button size="xs" rightSection={<KeyNames keys="u" />} onClick={takeBack}>
            Take back
          </Button>
        </Group>
      </Group>
      <Progress value={seconds * 10} size="xs" mt="xs" aria-hidden transitionDuration={0} />
    </Paper>
  )
}

function Failure({ failed }: { failed: State['failed'][number] }) {
  const { no, says, path, error } = failed
  const freshen = useFreshen()
  const again = async () => {
    if (isRefusal(error, 'step_up_required')) await freshen()
    await resend(failed)
  }
  return (
    <Alert
      role="alert"
      color="red"
      variant="outline"
      bg="var(--mantine-color-body)"
      icon={<IconAlertTriangle aria-hidden />}
      title={`Not done: ${says}`}
    >
      <Text size="sm">{wordsOf(error)}</Text>
      <Group gap="sm" mt="xs">
        <Link to={path}>Go back to it</Link>
        <Button size="xs" variant="default" onClick={() => void again().catch(() => undefined)}>
          Send it again
        </Button>
        <Button size="xs" variant="default" onClick={() => dismiss(no)}>
          I have seen this
        </Button>
      </Group>
    </Alert>
  )
}

function wordsOf(error: unknown): string {
  if (!(error instanceof Refusal)) return 'The answer could not be read. Look whether it was done.'
  return error.detail ?? PROBLEMS[error.code].title
}

function Left({ left: { says, path } }: { left: NonNullable<State['left']> }) {
  return (
    <Paper withBorder shadow="md" p="xs">
      <Group justify="space-between" gap="sm">
        <Text size="sm">
          <strong>{says}</strong>
          {': sent while this page was left, so its answer was not seen. '}
          <Link to={path}>See whether it was done</Link>.
        </Text>
        <Button size="xs" variant="default" onClick={dismissLeft}>
          I have seen this
        </Button>
      </Group>
    </Paper>
  )
}
