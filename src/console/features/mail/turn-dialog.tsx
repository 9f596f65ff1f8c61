import { Text } from '@mantine/core'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { turnValve } from '../../../contract/mail.js'
import { mail } from '../../api.js'
import { ActDialog } from '../../components/act-dialog.js'
import { useAnnounce } from '../../components/announcer.js'
import { count } from '../../components/number.js'
import { useAsk } from '../../components/step-up.js'
import type { Mail, Valve } from './queries.js'
import { scopeWords } from './scope-words.js'

export type Turn = {
  scope: string
  to: 'open' | 'closed'
  /** Mails that wait, and that are being sent: what the turn is about. */
  waiting: number
  sending: number
  /** Of a valve that somebody wants open already. */
  opening: Valve['opening']
}

const STOP_REASON = 'Stopped by hand, to look into it'

/** Asks for the reason, then turns the valve. Enter is enough to close. */
export function TurnDialog({ turn, onClose }: { turn: Turn; onClose: () => void }) {
  const turning = useTurn(turn, onClose)
  const { data } = useQuery(mail)
  const isAlone = data?.fourEyes === false
  return (
    <ActDialog
      title={titleOf(turn)}
      act={buttonOf(turn, isAlone)}
      isGrave={turn.to === 'closed'}
      isBusy={turning.isPending}
      error={turning.error}
      typed={{
        label: 'Reason',
        description: 'Everybody who looks at mail reads it, and the audit keeps it.',
        initial: turn.to === 'closed' ? STOP_REASON : '',
      }}
      onAct={(reason) => turning.mutate(reason)}
      onClose={onClose}
    >
      <Consequence turn={turn} isAlone={isAlone} />
    </ActDialog>
  )
}

const titleOf = ({ scope, to }: Turn) =>
  to === 'closed' ? `Stop ${scopeWords(scope)}` : `Let ${scopeWords(scope)} leave again`

const buttonOf = (turn: Turn, isAlone: boolean) => {
  if (turn.to === 'open' && turn.opening) return `Agree to let ${scopeWords(turn.scope)} leave`
  return turn.to === 'open' && !isAlone ? 'Ask for it' : titleOf(turn)
}

type ConsequenceProps = { turn: Turn; isAlone: boolean }

/** What happens next, with the numbers of when it was opened. */
function Consequence({ turn, isAlone }: ConsequenceProps) {
  const { to, waiting, sending, opening } = turn
  const many = `${count(waiting)} waiting ${waiting === 1 ? 'mail' : 'mails'}`
  if (to === 'closed') {
    return (
      <Text size="sm">
        {many} {waiting === 1 ? 'stays where it is' : 'stay where they are'}, and {count(sending)}{' '}
        being sent {sending === 1 ? 'is' : 'are'} stopped before the final byte where that is still
        possible. Nothing is lost. You need nobody’s consent.
      </Text>
    )
  }
  if (opening)
    return (
      <Text size="sm">
        You are the second person. As soon as you agree, {many} {waiting === 1 ? 'begins' : 'begin'}{' '}
        to leave. The first gave as reason: {opening.reason}
      </Text>
    )
  return (
    <Text size="sm">
      {isAlone
        ? `You open it alone, because two people are not asked for here. ${many} ${waiting === 1 ? 'begins' : 'begin'} to leave at once.`
        : `This takes two people. After you, another one has 15 minutes to agree; until then nothing leaves. ${many} ${waiting === 1 ? 'is' : 'are'} stopped.`}
    </Text>
  )
}

const SAYS = {
  closed: 'is stopped',
  open: 'may leave again',
  waiting_for_second: 'stays stopped until a second person agrees',
} as const

function useTurn({ scope, to }: Turn, onTurned: () => void) {
  const known = useQueryClient()
  const askFresh = useAsk()
  const announce = useAnnounce()
  return useMutation({
    mutationFn: (reason: string) => askFresh(turnValve, { body: { state: to, reason, scope } }),
    onSuccess: ({ result, valve }) => {
      known.setQueryData<Mail>(mail.queryKey, (before) => before && withValve(before, valve))
      void known.invalidateQueries({ queryKey: mail.queryKey })
      announce(`${scopeWords(scope)} ${SAYS[result]}.`)
      onTurned()
    },
  })
}

/** What is known, with one valve as it was just turned. */
function withValve(before: Mail, valve: Valve): Mail {
  const others = before.closed.filter(({ scope }) => scope !== valve.scope)
  return {
    ...before,
    valve: valve.scope === 'global' ? valve : before.valve,
    closed: valve.state === 'closed' ? [valve, ...others] : others,
  }
}
