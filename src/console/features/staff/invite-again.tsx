import { List, Text } from '@mantine/core'
import { inviteStaffAgain } from '../../../contract/staff.js'
import { ActDialog } from '../../components/act-dialog.js'
import { count } from '../../components/number.js'
import { useOnce } from '../../components/use-once.js'
import { InvitationLink } from './invitation-link.js'
import { type Person, useDoing } from './queries.js'
import { useSessionCount } from './sessions.js'

type Props = { person: Person; onClose(): void }

export function InviteAgain({ person, onClose }: Props) {
  const { id, name, passkeys } = person
  const sessions = useSessionCount(id)
  const keyFor = useOnce()
  const inviting = useDoing({
    run: (ask, who: Person) =>
      ask(inviteStaffAgain, { params: { id: who.id }, idempotencyKey: keyFor(who.id) }),
    says: (who) => `${who.name} is invited again. The link is shown once.`,
  })
  if (inviting.data)
    return <InvitationLink name={name} invitation={inviting.data} {...{ onClose }} />
  return (
    <ActDialog
      title={`Invite ${name} again`}
      act={`Invite ${name} again`}
      isGrave
      isBusy={inviting.isPending}
      error={inviting.error}
      onAct={() => inviting.mutate(person)}
      onClose={onClose}
    >
      <Text>For whoever lost their password, their authenticator or the link. At once:</Text>
      <List>
        <List.Item>Their password, authenticator and recovery codes stop working.</List.Item>
        <List.Item>Passkeys removed: {count(passkeys)}.</List.Item>
        <List.Item>Sessions ended: {count(sessions)}.</List.Item>
        <List.Item>A link that was given out before opens nothing any more.</List.Item>
      </List>
      <Text>Their roles stay. Make sure that it is really {name} who asks.</Text>
    </ActDialog>
  )
}
