import { Alert, Button, Group, Paper, Stack, Text, ThemeIcon, Title } from '@mantine/core'
import { IconHandStop, IconSend } from '@tabler/icons-react'
import { useQuery } from '@tanstack/react-query'
import { useEffect, useRef } from 'react'
import { session } from '../../api.js'
import { useAnnounce } from '../../components/announcer.js'
import { KeyNames, useKey } from '../../components/keys.js'
import { durationWords, Since, useNow, When } from '../../components/time.js'
import { Who } from '../../components/who.js'
import type { Mail, Valve } from './queries.js'

/** On a phone the label takes a second line instead of being cut. */
const WHOLE_LABEL = { label: { whiteSpace: 'normal' } } as const

type Props = { mail: Mail; onTurn: (to: 'open' | 'closed') => void; isBusy: boolean }

/** The stop switch of all mail, as the biggest thing on the page. */
export function ValvePanel({ mail, onTurn, isBusy }: Props) {
  const { valve } = mail
  const isOpen = valve.state === 'open'
  const { data: me } = useQuery(session)
  const mayClose = me?.may.includes('mail.close')
  const mayOpen = me?.may.includes('mail.open') && valve.opening?.askedBy !== `staff:${me.staff.id}`
  useSaidAloud(isOpen)
  useKey({
    keys: 'x',
    says: 'Stop all mail',
    run: () => onTurn('closed'),
    isOff: isBusy || !isOpen || !mayClose,
  })
  useKey({
    keys: 'o',
    says: 'Let mail leave again',
    run: () => onTurn('open'),
    isOff: isBusy || isOpen || !mayOpen,
  })
  return (
    <Paper
      component="section"
      aria-label="Valve of all mail"
      withBorder
      p="lg"
      style={{
        borderWidth: 3,
        borderColor: `var(--mantine-color-${isOpen ? 'teal' : 'red'}-8)`,
      }}
    >
      <Stack gap="md">
        <Group gap="md" wrap="nowrap" align="flex-start">
          <ThemeIcon size={56} color={isOpen ? 'teal.9' : 'red.9'} aria-hidden>
            {isOpen ? <IconSend size={34} /> : <IconHandStop size={34} />}
          </ThemeIcon>
          <Stack gap={4}>
            <Title order={2}>{isOpen ? 'Mail may leave' : 'All mail is stopped'}</Title>
            <Turned valve={valve} />
          </Stack>
        </Group>
        {valve.opening && <Wish opening={valve.opening} />}
        <Switch mail={mail} onTurn={onTurn} />
      </Stack>
    </Paper>
  )
}

/** Whoever only listens hears when somebody else turned it. */
function useSaidAloud(isOpen: boolean) {
  const announce = useAnnounce()
  const before = useRef(isOpen)
  useEffect(() => {
    if (before.current !== isOpen) announce(isOpen ? 'Mail may leave.' : 'All mail is stopped.')
    before.current = isOpen
  }, [isOpen, announce])
}

const Turned = ({ valve }: { valve: Valve }) => (
  <Text>
    {valve.state === 'open' ? 'Opened by ' : 'Closed by '}
    <strong>
      <Who actor={valve.changedBy} name={valve.changedByName} />
    </strong>{' '}
    <Since at={valve.changedAt} /> (<When at={valve.changedAt} />
    ). Reason: {valve.reason}
  </Text>
)

function Switch({ mail: { valve, fourEyes }, onTurn }: Pick<Props, 'mail' | 'onTurn'>) {
  const { data: me } = useQuery(session)
  if (valve.state === 'open') {
    return me?.may.includes('mail.close') ? (
      <Button
        size="xl"
        h={88}
        fullWidth
        styles={WHOLE_LABEL}
        color="red.9"
        leftSection={<IconHandStop size={34} aria-hidden />}
        rightSection={<KeyNames keys="x" />}
        onClick={() => onTurn('closed')}
      >
        Stop all mail
      </Button>
    ) : null
  }
  if (!me?.may.includes('mail.open'))
    return (
      <Text>Only approvers let it leave again{fourEyes ? ', and it takes two of them.' : '.'}</Text>
    )
  if (valve.opening?.askedBy === `staff:${me.staff.id}`)
    return (
      <Text>You asked for it. It takes another person now: ask an approver to open this page.</Text>
    )
  return (
    <Stack gap="xs">
      <Button
        size="xl"
        h={88}
        fullWidth
        styles={WHOLE_LABEL}
        color="blue"
        leftSection={<IconSend size={34} aria-hidden />}
        rightSection={<KeyNames keys="o" />}
        onClick={() => onTurn('open')}
      >
        {valve.opening ? 'Agree to let it leave' : 'Let it leave again'}
      </Button>
      {fourEyes && !valve.opening && (
        <Text>This takes two people: you ask, and another one agrees within 15 minutes.</Text>
      )}
    </Stack>
  )
}

/** That one person wants it open, and how long that counts. */
export function Wish({ opening }: { opening: NonNullable<Valve['opening']> }) {
  const left = (new Date(opening.lapsesAt).getTime() - useNow(1_000)) / 1_000
  return (
    <Alert
      color="yellow"
      variant="outline"
      title="One of two people wants it open"
      c="var(--mantine-color-text)"
    >
      <Text size="sm">
        <Who actor={opening.askedBy} name={opening.askedByName} /> asked{' '}
        <Since at={opening.askedAt} />. Reason: {opening.reason}
      </Text>
      <Text size="sm">
        A second person has to agree until <When at={opening.lapsesAt} /> ({durationWords(left)}{' '}
        left). Nothing leaves before that.
      </Text>
    </Alert>
  )
}
