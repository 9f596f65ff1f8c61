import { Button } from '@mantine/core'
import { useDisclosure } from '@mantine/hooks'
import { IconPlayerPause, IconPlayerPlay, IconPlayerStop } from '@tabler/icons-react'
import type { ReactNode } from 'react'
import { KeyNames, useKey } from '../../components/keys.js'
import { Approve } from './approve.js'
import type { Sweep } from './queries.js'
import { Abort, Pause, Resume, Start } from './stopping.js'

type Act = {
  keys: string
  label: string
  icon?: ReactNode
  color?: string
  isPossible(sweep: Sweep): boolean
  dialog(props: { sweep: Sweep; onClose(): void }): ReactNode
}

const may = (act: string, ...statuses: Sweep['status'][]) => {
  return ({ may: mayNow, status }: Sweep) =>
    mayNow.includes(act) && (statuses.length === 0 || statuses.includes(status))
}

/** What can be done with a sweep, in the order of the screen; what cannot be done now is not there. */
const ACTS: readonly Act[] = [
  { keys: 'v', label: 'Approve', isPossible: may('sweep.approve'), dialog: Approve },
  {
    keys: 's',
    label: 'Start',
    icon: <IconPlayerPlay aria-hidden size={18} />,
    isPossible: may('sweep.start', 'approved'),
    dialog: Start,
  },
  {
    keys: 'p',
    label: 'Pause',
    icon: <IconPlayerPause aria-hidden size={18} />,
    isPossible: may('sweep.stop', 'running'),
    dialog: Pause,
  },
  {
    keys: 'r',
    label: 'Resume',
    icon: <IconPlayerPlay aria-hidden size={18} />,
    isPossible: may('sweep.start', 'paused'),
    dialog: Resume,
  },
  {
    keys: 'x',
    label: 'Abort',
    icon: <IconPlayerStop aria-hidden size={18} />,
    color: 'red',
    isPossible: may('sweep.stop'),
    dialog: Abort,
  },
]

export const Acts = ({ sweep }: { sweep: Sweep }) => (
  <>
    {ACTS.filter(({ isPossible }) => isPossible(sweep)).map((act) => (
      <ActButton key={act.keys} act={act} sweep={sweep} />
    ))}
  </>
)

function ActButton({ act, sweep }: { act: Act; sweep: Sweep }) {
  const [isOpen, { open, close }] = useDisclosure(false)
  useKey({ keys: act.keys, says: `${act.label} this sweep`, run: open, isOff: isOpen })
  return (
    <>
      <Button
        leftSection={act.icon}
        rightSection={
          <span aria-hidden>
            <KeyNames keys={act.keys} />
          </span>
        }
        {...(act.color ? { color: act.color } : {})}
        variant={act.color ? 'outline' : 'filled'}
        onClick={open}
      >
        {act.label}
      </Button>
      {isOpen && <act.dialog sweep={sweep} onClose={close} />}
    </>
  )
}
