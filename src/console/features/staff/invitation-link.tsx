import { List } from '@mantine/core'
import type { inviteStaff } from '../../../contract/staff.js'
import type { BodyOf } from '../../api.js'
import { count } from '../../components/number.js'
import { ShownOnce } from './shown-once.js'

type Props = { name: string; invitation: BodyOf<typeof inviteStaff>; onClose(): void }

/** The link, and what to do with it. */
export const InvitationLink = ({ name, invitation: { link, expiresInHours }, onClose }: Props) => (
  <ShownOnce title={`${name} is invited`} label="One-time link" secret={link} onClose={onClose}>
    <List>
      <List.Item>
        Give it to {name} and to nobody else, on a way you trust: whoever opens it first has the
        access.
      </List.Item>
      <List.Item>
        There they choose their password, bind their authenticator app and get recovery codes.
      </List.Item>
      <List.Item>
        It works once, within {count(expiresInHours)} hours. If it got lost, invite them again.
      </List.Item>
    </List>
  </ShownOnce>
)
