import { Text } from '@mantine/core'
import { useState } from 'react'
import type { StaffRole } from '../../../contract/acts.js'
import { changeStaff } from '../../../contract/staff.js'
import { ActDialog } from '../../components/act-dialog.js'
import { titled } from './acts.js'
import { type Person, type Roles, useDoing } from './queries.js'
import { RoleChoice } from './role-choice.js'

type Props = { person: Person; roles: Roles; onClose(): void }
type Change = { person: Person; chosen: StaffRole[] }

/** Refused by the server when somebody changed the person since they were shown. */
export function ChangeRoles({ person, roles, onClose }: Props) {
  const [chosen, setChosen] = useState<StaffRole[]>(person.roles)
  const changing = useDoing({
    run: (ask, change: Change) =>
      ask(changeStaff, {
        params: { id: change.person.id },
        body: { roles: change.chosen },
        ifMatch: `"${change.person.version}"`,
      }),
    says: (change) => `${change.person.name} is now: ${change.chosen.map(titled).join(', ')}.`,
    onDone: onClose,
  })
  const lost = person.roles.filter((role) => !chosen.includes(role))
  const gained = chosen.filter((role) => !person.roles.includes(role))
  return (
    <ActDialog
      title={`Roles of ${person.name}`}
      act="Change roles"
      isBusy={changing.isPending}
      isOff={chosen.length === 0 || lost.length + gained.length === 0}
      error={changing.error}
      onAct={() => changing.mutate({ person, chosen })}
      onClose={onClose}
    >
      <RoleChoice roles={roles} value={chosen} onChange={setChosen} />
      <Text role="status">
        {changeWords('Gains', gained)} {changeWords('Loses', lost)} From their next request on.
        {lost.includes('approver') && ' Their approvals of sweeps that have not started lapse.'}
      </Text>
    </ActDialog>
  )
}

const changeWords = (verb: string, roles: readonly StaffRole[]) =>
  roles.length === 0 ? `${verb} nothing.` : `${verb}: ${roles.map(titled).join(', ')}.`
