import { Badge, Group, Text } from '@mantine/core'
import { IconAlarm, IconAlertTriangle, IconArrowUp, IconCheck } from '@tabler/icons-react'
import { words } from '../../components/number.js'
import { durationWords, useNow } from '../../components/time.js'
import { type Case, nameOf, STATUS_SAYS } from './words.js'

const PRIORITY_COLOR = { critical: 'red.9', high: '#a34400', normal: 'gray.7' } as const

export const Priority = ({ priority }: Pick<Case, 'priority'>) => (
  <Badge variant="filled" color={PRIORITY_COLOR[priority]}>
    {priority}
  </Badge>
)

/** How the case stands with its deadline: an icon, words, and only then a colour. */
export function Sla({ sla: { state, dueAt }, status }: Pick<Case, 'sla' | 'status'>) {
  const left = (new Date(dueAt).getTime() - useNow(10_000)) / 1_000
  if (status === 'decided') return <Text size="sm">{DECIDED_SAYS[state]}</Text>
  const isLate = left <= 0
  const { Icon, color, says } = isLate
    ? { Icon: IconAlertTriangle, color: 'var(--mantine-color-error)', says: 'overdue by' }
    : state === 'due_soon'
      ? { Icon: IconAlarm, color: SOON, says: 'due soon:' }
      : { Icon: IconCheck, color: 'var(--mantine-color-text)', says: 'in time:' }
  return (
    <Group gap={4} wrap="nowrap" c={color}>
      <Icon size={16} aria-hidden />
      <Text size="sm" fw={state === 'ok' ? 400 : 600} style={{ whiteSpace: 'nowrap' }}>
        {`${says} ${durationWords(Math.abs(left))}${isLate ? '' : ' left'}`}
      </Text>
    </Group>
  )
}

/** That the case wants other eyes. */
export const Escalated = ({ of: { escalated } }: { of: Pick<Case, 'escalated'> }) =>
  escalated && (
    <Badge
      variant="outline"
      color="var(--mantine-color-text)"
      leftSection={<IconArrowUp size={12} aria-hidden />}
    >
      escalated
    </Badge>
  )

const SOON = 'light-dark(#8a4b00, #ffc078)'
const DECIDED_SAYS = {
  ok: 'decided in time',
  due_soon: 'decided in time',
  breached: 'decided too late',
} as const

/** Who works on the case, or what it waits for. */
export function Holder({ of: { heldBy, status, decided, proposal, snoozedUntil } }: { of: Case }) {
  if (heldBy) return <>{nameOf(heldBy)}</>
  if (proposal) return <>{`proposed by ${nameOf(proposal.by)}`}</>
  if (decided) return <>{`decided by ${nameOf(decided.by)}`}</>
  if (snoozedUntil) return <>put aside</>
  return <>{status === 'open' ? 'nobody' : STATUS_SAYS[status].toLowerCase()}</>
}

export const Tier = ({ tier }: Pick<Case, 'tier'>) => <>{words(tier)}</>
