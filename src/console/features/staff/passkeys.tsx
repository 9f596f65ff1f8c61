import { Button, Group, Stack, Table, Text, TextInput, Title } from '@mantine/core'
import { useDisclosure } from '@mantine/hooks'
import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { removePasskey, renamePasskey } from '../../../contract/passkeys.js'
import { ActDialog } from '../../components/act-dialog.js'
import { canUsePasskeys } from '../../components/passkey.js'
import { Empty, Loaded } from '../../components/problem.js'
import { When } from '../../components/time.js'
import { WideTable } from '../../components/wide-table.js'
import { AddPasskey } from './add-passkey.js'
import { type Passkey, passkeys, useDoing } from './queries.js'

type Asked = { passkey: Passkey; action: 'rename' | 'remove' }

export function Passkeys() {
  const asked = useQuery(passkeys)
  const [isAdding, adding] = useDisclosure(false)
  const [chosen, setChosen] = useState<Asked | null>(null)
  const close = () => setChosen(null)
  return (
    <Stack component="section" aria-labelledby="passkeys">
      <Title order={2} size="h3" id="passkeys">
        Passkeys
      </Title>
      <Text maw="45rem">
        A passkey signs you in with the lock of your device, without typing. It works only at this
        address, so nobody can trick you into using it elsewhere.
      </Text>
      {canUsePasskeys ? (
        <Group>
          <Button onClick={adding.open}>Add a passkey</Button>
        </Group>
      ) : (
        <Text>This browser cannot make passkeys here.</Text>
      )}
      <Loaded of={asked}>{({ items }) => <Rows items={items} onAsk={setChosen} />}</Loaded>
      {isAdding && <AddPasskey onClose={adding.close} />}
      {chosen?.action === 'rename' && <Rename passkey={chosen.passkey} onClose={close} />}
      {chosen?.action === 'remove' && <Remove passkey={chosen.passkey} onClose={close} />}
    </Stack>
  )
}

function Rows({ items, onAsk }: { items: readonly Passkey[]; onAsk(asked: Asked): void }) {
  if (items.length === 0)
    return <Empty title="You have no passkey">You sign in with password and authenticator.</Empty>
  return (
    <WideTable label="Passkeys" minWidth={560} verticalSpacing="sm">
      <Table.Thead>
        <Table.Tr>
          <Table.Th>Name</Table.Th>
          <Table.Th>Made</Table.Th>
          <Table.Th>Last used</Table.Th>
          <Table.Th>Actions</Table.Th>
        </Table.Tr>
      </Table.Thead>
      <Table.Tbody>
        {items.map((passkey) => (
          <Row key={passkey.id} passkey={passkey} onAsk={onAsk} />
        ))}
      </Table.Tbody>
    </WideTable>
  )
}

const Row = ({ passkey, onAsk }: { passkey: Passkey; onAsk(asked: Asked): void }) => (
  <Table.Tr>
    <Table.Td fw={600}>{passkey.name}</Table.Td>
    <Table.Td>
      <When at={passkey.createdAt} />
    </Table.Td>
    <Table.Td>{passkey.usedAt ? <When at={passkey.usedAt} /> : 'never'}</Table.Td>
    <Table.Td>
      <Group gap="xs" wrap="nowrap">
        {(['rename', 'remove'] as const).map((action) => (
          <Button
            key={action}
            variant="default"
            size="xs"
            aria-label={`${LABELS[action]} ${passkey.name}`}
            onClick={() => onAsk({ passkey, action })}
          >
            {LABELS[action]}
          </Button>
        ))}
      </Group>
    </Table.Td>
  </Table.Tr>
)

const LABELS = { rename: 'Rename', remove: 'Remove' } as const

type OneProps = { passkey: Passkey; onClose(): void }

function Rename({ passkey, onClose }: OneProps) {
  const [name, setName] = useState(passkey.name)
  const renaming = useDoing({
    run: (ask, to: string) =>
      ask(renamePasskey, { params: { id: passkey.id }, body: { name: to } }),
    says: (to) => `The passkey is now called ${to}.`,
    onDone: onClose,
  })
  return (
    <ActDialog
      title={`Rename ${passkey.name}`}
      act="Rename"
      isBusy={renaming.isPending}
      error={renaming.error}
      onAct={() => renaming.mutate(name)}
      onClose={onClose}
    >
      <TextInput
        label="Name"
        required
        maxLength={100}
        data-autofocus
        value={name}
        onChange={(event) => setName(event.currentTarget.value)}
      />
    </ActDialog>
  )
}

function Remove({ passkey, onClose }: OneProps) {
  const removing = useDoing({
    run: (ask, { id }: Passkey) => ask(removePasskey, { params: { id } }),
    says: ({ name }) => `The passkey ${name} is removed.`,
    onDone: onClose,
  })
  return (
    <ActDialog
      title={`Remove ${passkey.name}`}
      act={`Remove ${passkey.name}`}
      isGrave
      isBusy={removing.isPending}
      error={removing.error}
      onAct={() => removing.mutate(passkey)}
      onClose={onClose}
    >
      <Text>
        It opens nothing any more, at once. Password and authenticator still do. Your device may go
        on offering it: delete it there as well.
      </Text>
    </ActDialog>
  )
}
