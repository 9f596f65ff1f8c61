import { TextInput } from '@mantine/core'
import { useState } from 'react'
import type { StaffRole } from '../../../contract/acts.js'
import { inviteStaff } from '../../../contract/staff.js'
import { ActDialog } from '../../components/act-dialog.js'
import { useOnce } from '../../components/use-once.js'
import { InvitationLink } from './invitation-link.js'
import { type Roles, useDoing } from './queries.js'
import { RoleChoice } from './role-choice.js'

type Props = { roles: Roles; onClose(): void }

export function Invite({ roles, onClose }: Props) {
  const [email, setEmail] = useState('')
  const [name, setName] = useState('')
  const [chosen, setChosen] = useState<StaffRole[]>([])
  const keyFor = useOnce()
  const inviting = useDoing({
    run: (ask, body: { email: string; name: string; roles: StaffRole[] }) =>
      ask(inviteStaff, { body, idempotencyKey: keyFor(body) }),
    says: (body) => `${body.name} is invited. The link is shown once.`,
  })
  if (inviting.data)
    return <InvitationLink name={name} invitation={inviting.data} {...{ onClose }} />
  return (
    <ActDialog
      title="Invite somebody"
      act="Invite"
      isBusy={inviting.isPending}
      isOff={chosen.length === 0}
      error={inviting.error}
      onAct={() => inviting.mutate({ email, name, roles: chosen })}
      onClose={onClose}
    >
      <TextInput
        label="Name"
        description="As colleagues know them; it stands beside everything they do"
        required
        maxLength={100}
        data-autofocus
        value={name}
        onChange={(event) => setName(event.currentTarget.value)}
      />
      <TextInput
        label="E-mail"
        description="They sign in with it. Cordon sends no mail there: you pass the link on"
        type="email"
        required
        value={email}
        onChange={(event) => setEmail(event.currentTarget.value)}
      />
      <RoleChoice roles={roles} value={chosen} onChange={setChosen} />
    </ActDialog>
  )
}
