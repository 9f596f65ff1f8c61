import { List, Text } from '@mantine/core'
import { dismissStaff } from '../../../contract/staff.js'
import { ActDialog } from '../../components/act-dialog.js'
import { count } from '../../components/number.js'
import { titled } from './acts.js'
import { type Person, useDoing } from './queries.js'
import { useSessionCount } from './sessions.js'

type Props = { person: Person; onClose(): void }

export function Dismiss({ person, onClose }: Props) {
  const { id, name, roles } = person
  const sessions = useSessionCount(id)
  const dismissing = useDoing({
    run: (ask, who: Person) => ask(dismissStaff, { params: { id: who.id } }),
    says: (who) => `${who.name} is dismissed.`,
    onDone: onClose,
  })
  return (
    <ActDialog
      title={`Dismiss ${name}`}
      act={`Dismiss ${name}`}
      isGrave
      isBusy={dismissing.isPending}
      error={dismissing.error}
      onAct={() => dismissing.mutate(person)}
      onClose={onClose}
    >
      <Text>At once, and for good:</Text>
      <List>
        <List.Item>Roles that end: {roles.map(titled).join(', ')}.</List.Item>
        <List.Item>Sessions ended: {count(sessions)}.</List.Item>
        <List.Item>
          Their approvals of sweeps that have not started lapse: somebody else must approve those.
        </List.Item>
        <List.Item>What they did stays in the audit record.</List.Item>
      </List>
    </ActDialog>
  )
}
