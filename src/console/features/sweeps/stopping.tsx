import { Text } from '@mantine/core'
import { abortSweep, pauseSweep, resumeSweep, startSweep } from '../../../contract/sweeps.js'
import { ActDialog } from '../../components/act-dialog.js'
import { count } from '../../components/number.js'
import { useAsk } from '../../components/step-up.js'
import type { Sweep } from './queries.js'
import { useAct } from './use-act.js'
import { plural } from './words.js'

type Props = { sweep: Sweep; onClose(): void }

const left = ({ progress }: Sweep) => progress.accounts - progress.accountsDone
const accountsSay = (accounts: number) =>
  `${count(accounts)} ${plural(accounts, 'account', 'accounts')}`

export function Start({ sweep, onClose }: Props) {
  const ask = useAsk()
  const run = () => ask(startSweep, { params: { id: sweep.id } })
  return (
    <ActDialog
      title="Start this sweep"
      act={`Start: reset ${count(sweep.resets)} of ${accountsSay(sweep.progress.accounts)}`}
      size="md"
      {...useAct({ sweep, run, onClose })}
    >
      <Text>
        Value is held first, for every account that the plan holds. Then passwords are reset, cases
        opened and mails sent, beginning with a small first part. You can pause at any time; what
        was done stays done.
      </Text>
    </ActDialog>
  )
}

export function Pause({ sweep, onClose }: Props) {
  const ask = useAsk()
  const run = (reason: string) => ask(pauseSweep, { params: { id: sweep.id }, body: { reason } })
  return (
    <ActDialog
      title="Pause this sweep"
      act="Pause now"
      size="md"
      typed={{ label: 'Why', initial: 'Something looks wrong; we look before going on.' }}
      {...useAct({ sweep, run, onClose })}
    >
      <Text>
        {accountsSay(left(sweep))} of {count(sweep.progress.accounts)} are not done yet and wait.
        Mail that is ordered already goes on; the valve stops mail.
      </Text>
    </ActDialog>
  )
}

export function Resume({ sweep, onClose }: Props) {
  const ask = useAsk()
  const run = () => ask(resumeSweep, { params: { id: sweep.id } })
  return (
    <ActDialog
      title="Resume this sweep"
      act={`Resume: go on with ${accountsSay(left(sweep))}`}
      size="md"
      {...useAct({ sweep, run, onClose })}
    >
      <Text>It goes on where it stopped, and does nothing twice.</Text>
      {sweep.statusReason && <Text>{`It was paused because: ${sweep.statusReason}`}</Text>}
    </ActDialog>
  )
}

export function Abort({ sweep, onClose }: Props) {
  const ask = useAsk()
  const run = (reason: string) => ask(abortSweep, { params: { id: sweep.id }, body: { reason } })
  const { accounts, accountsDone } = sweep.progress
  return (
    <ActDialog
      title="Abort this sweep for good"
      act={`Abort: leave ${accountsSay(left(sweep))} undone`}
      size="md"
      isGrave
      typed={{ label: 'Why', description: 'For the audit record and the report', kind: 'text' }}
      {...useAct({ sweep, run, onClose })}
    >
      <Text>
        This cannot be taken back. {accountsSay(accountsDone)} of {count(accounts)} are done; they
        stay as they are, and their owners are still told. The others would need a new plan with new
        approvals.
      </Text>
    </ActDialog>
  )
}
