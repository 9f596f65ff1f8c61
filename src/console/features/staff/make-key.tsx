import { List, NumberInput, Radio, Stack, TextInput } from '@mantine/core'
import { useState } from 'react'
import type { z } from 'zod'
import { ACTS, type MachineRole } from '../../../contract/acts.js'
import { addKey, type listKeys } from '../../../contract/keys.js'
import type { BodyOf } from '../../api.js'
import { ActDialog } from '../../components/act-dialog.js'
import { useOnce } from '../../components/use-once.js'
import { listWords, titled } from './acts.js'
import { useDoing } from './queries.js'
import { ShownOnce } from './shown-once.js'

type MachineRoles = BodyOf<typeof listKeys>['roles']
type Props = { roles: MachineRoles; onClose(): void }

export function MakeKey({ roles, onClose }: Props) {
  const [role, setRole] = useState<MachineRole | null>(null)
  const [name, setName] = useState('')
  const [days, setDays] = useState<number | string>('')
  const keyFor = useOnce()
  const making = useDoing({
    run: (ask, body: z.input<typeof addKey.body>) =>
      ask(addKey, { body, idempotencyKey: keyFor(body) }),
    says: (body) => `The key ${body.name} is made. It is shown once.`,
  })
  if (making.data) return <NewKey name={name} secret={making.data.key} onClose={onClose} />
  return (
    <ActDialog
      title="Make a key"
      act="Make the key"
      isBusy={making.isPending}
      isOff={role === null}
      error={making.error}
      onAct={() =>
        role && making.mutate({ role, name, ...(typeof days === 'number' ? { days } : {}) })
      }
      onClose={onClose}
    >
      <TextInput
        label="Name"
        description="The system that will hold it. For login attempts it is the source they come from"
        required
        maxLength={100}
        data-autofocus
        value={name}
        onChange={(event) => setName(event.currentTarget.value)}
      />
      <RoleOfKey roles={roles} value={role} onChange={setRole} />
      <NumberInput
        label="Days until it ends"
        description="Empty for a key that works until somebody revokes it"
        min={1}
        max={3_650}
        allowDecimal={false}
        value={days}
        onChange={setDays}
      />
    </ActDialog>
  )
}

type RoleProps = { roles: MachineRoles; value: string | null; onChange(role: MachineRole): void }

const RoleOfKey = ({ roles, value, onChange }: RoleProps) => (
  <Radio.Group
    label="Role"
    description="What the machine may do with it, and nothing else"
    required
    value={value}
    onChange={(chosen) => {
      const found = roles.find(({ role }) => role === chosen)
      if (found) onChange(found.role)
    }}
  >
    <Stack gap="sm" mt="sm">
      {roles.map(({ role, may }) => (
        <Radio
          key={role}
          value={role}
          label={titled(role)}
          description={
            may.length === 0
              ? 'Sign the login attempts that it sends.'
              : listWords(may.map((act) => ACTS[act].says))
          }
        />
      ))}
    </Stack>
  </Radio.Group>
)

const NewKey = ({ name, secret, onClose }: { name: string; secret: string; onClose(): void }) => (
  <ShownOnce title={`The key ${name} is made`} label="Key" secret={secret} onClose={onClose}>
    <List>
      <List.Item>Put it where the system keeps its secrets, never into code or a chat.</List.Item>
      <List.Item>Whoever has it may do what its role may. Revoke it here if it leaks.</List.Item>
      <List.Item>To replace a key, make the new one first and revoke the old one after.</List.Item>
    </List>
  </ShownOnce>
)
