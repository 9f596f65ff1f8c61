import { Badge, Button, Group, Menu, Stack, Table, Text } from '@mantine/core'
import { useDisclosure } from '@mantine/hooks'
import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { useKey } from '../../components/keys.js'
import { count } from '../../components/number.js'
import { Loaded } from '../../components/problem.js'
import { When } from '../../components/time.js'
import { people } from '../../components/who.js'
import { WideTable } from '../../components/wide-table.js'
import { titled } from './acts.js'
import { ChangeRoles } from './change-roles.js'
import { Dismiss } from './dismiss.js'
import { Invite } from './invite.js'
import { InviteAgain } from './invite-again.js'
import { type Person, type Roles, useMay, useMyId } from './queries.js'

const ACTIONS = { roles: ChangeRoles, again: InviteAgain, dismiss: Dismiss } as const
type Asked = { person: Person; action: keyof typeof ACTIONS }

/** Everybody who operates Cordon or did, and what can be done about it. */
export function People() {
  const asked = useQuery(people)
  const mayManage = useMay('staff.manage')
  const [isInviting, inviting] = useDisclosure(false)
  useKey({ keys: 'n', says: 'Invite somebody', run: inviting.open, isOff: !mayManage })
  return (
    <Stack>
      {mayManage ? (
        <Group>
          <Button onClick={inviting.open}>Invite somebody</Button>
        </Group>
      ) : (
        <Text>
          You can see who operates Cordon. An admin can invite, change and dismiss people.
        </Text>
      )}
      <Loaded of={asked}>
        {({ items, roles }) => (
          <>
            <Rows items={items} roles={roles} mayManage={mayManage} />
            {isInviting && <Invite roles={roles} onClose={inviting.close} />}
          </>
        )}
      </Loaded>
    </Stack>
  )
}

type RowsProps = { items: readonly Person[]; roles: Roles; mayManage: boolean }

function Rows({ items, roles, mayManage }: RowsProps) {
  const [asked, setAsked] = useState<Asked | null>(null)
  const Action = asked && ACTIONS[asked.action]
  return (
    <>
      <WideTable label="People" minWidth={760} verticalSpacing="sm">
        <Table.Thead>
          <Table.Tr>
            <Table.Th>Name</Table.Th>
            <Table.Th>Roles</Table.Th>
            <Table.Th>Status</Table.Th>
            <Table.Th>Passkeys</Table.Th>
            <Table.Th>Since</Table.Th>
            {mayManage && <Table.Th>Actions</Table.Th>}
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {items.map((person) => (
            <Row
              key={person.id}
              person={person}
              onAsk={mayManage ? (action) => setAsked({ person, action }) : undefined}
            />
          ))}
        </Table.Tbody>
      </WideTable>
      {Action && asked && (
        <Action person={asked.person} roles={roles} onClose={() => setAsked(null)} />
      )}
    </>
  )
}

type RowProps = { person: Person; onAsk: ((action: Asked['action']) => void) | undefined }

function Row({ person, onAsk }: RowProps) {
  const { name, email, roles, status, passkeys, createdAt, enrolledAt, dismissedAt } = person
  const isMe = useMyId() === person.id
  return (
    <Table.Tr>
      <Table.Td>
        <Text fw={600}>{isMe ? `${name} (you)` : name}</Text>
        <Text size="sm">{email}</Text>
      </Table.Td>
      <Table.Td>{roles.map(titled).join(', ')}</Table.Td>
      <Table.Td>
        <Badge variant={status === 'active' ? 'filled' : 'default'}>{status}</Badge>
      </Table.Td>
      <Table.Td>{count(passkeys)}</Table.Td>
      <Table.Td>
        <When at={dismissedAt ?? enrolledAt ?? createdAt} />
      </Table.Td>
      {onAsk && (
        <Table.Td>
          {status === 'dismissed' ? (
            <Text size="sm">May do nothing any more</Text>
          ) : (
            <Actions person={person} isMe={isMe} onAsk={onAsk} />
          )}
        </Table.Td>
      )}
    </Table.Tr>
  )
}

type ActionsProps = {
  person: Person
  isMe: boolean
  onAsk: (action: Asked['action']) => void
}

function Actions({ person, isMe, onAsk }: ActionsProps) {
  if (isMe) return <Text size="sm">Another admin changes what you may do</Text>
  return (
    <Menu position="bottom-end">
      <Menu.Target>
        <Button variant="default" size="xs" aria-label={`Change ${person.name}`}>
          Change
        </Button>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Item onClick={() => onAsk('roles')}>Change roles…</Menu.Item>
        <Menu.Item onClick={() => onAsk('again')}>Invite again…</Menu.Item>
        <Menu.Item onClick={() => onAsk('dismiss')}>Dismiss…</Menu.Item>
      </Menu.Dropdown>
    </Menu>
  )
}
