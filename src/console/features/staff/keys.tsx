import { Badge, Button, Group, Stack, Table, Text } from '@mantine/core'
import { useDisclosure } from '@mantine/hooks'
import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { useKey } from '../../components/keys.js'
import { Empty, Loaded } from '../../components/problem.js'
import { When } from '../../components/time.js'
import { WideTable } from '../../components/wide-table.js'
import { titled } from './acts.js'
import { MakeKey } from './make-key.js'
import { type Key, keys, useMay } from './queries.js'
import { RevokeKey } from './revoke-key.js'

/** Keys by which machines call Cordon. */
export function Keys() {
  const asked = useQuery(keys)
  const mayManage = useMay('key.manage')
  const [isMaking, making] = useDisclosure(false)
  const [revoking, setRevoking] = useState<Key | null>(null)
  useKey({ keys: 'n', says: 'Make a key', run: making.open, isOff: !mayManage })
  return (
    <Stack>
      {mayManage ? (
        <Group>
          <Button onClick={making.open}>Make a key</Button>
        </Group>
      ) : (
        <Text>You can see which keys there are. An admin can make and revoke them.</Text>
      )}
      <Loaded of={asked}>
        {({ items, roles }) => (
          <>
            <Rows items={items} onRevoke={mayManage ? setRevoking : undefined} />
            {isMaking && <MakeKey roles={roles} onClose={making.close} />}
          </>
        )}
      </Loaded>
      {revoking && <RevokeKey machineKey={revoking} onClose={() => setRevoking(null)} />}
    </Stack>
  )
}

type RowsProps = { items: readonly Key[]; onRevoke: ((key: Key) => void) | undefined }

function Rows({ items, onRevoke }: RowsProps) {
  if (items.length === 0)
    return (
      <Empty title="No machine has a key">
        Make one for the system that sends login attempts (ingest), one for the platform that asks
        what an account may do (platform), and one for scripts (automation).
      </Empty>
    )
  return (
    <WideTable label="Keys" minWidth={760} verticalSpacing="sm">
      <Table.Thead>
        <Table.Tr>
          <Table.Th>Name</Table.Th>
          <Table.Th>Role</Table.Th>
          <Table.Th>State</Table.Th>
          <Table.Th>Made</Table.Th>
          <Table.Th>Last used</Table.Th>
          <Table.Th>Ends</Table.Th>
          {onRevoke && <Table.Th>Action</Table.Th>}
        </Table.Tr>
      </Table.Thead>
      <Table.Tbody>
        {items.map((each) => (
          <Row key={each.id} machineKey={each} onRevoke={onRevoke} />
        ))}
      </Table.Tbody>
    </WideTable>
  )
}

type RowProps = { machineKey: Key; onRevoke: RowsProps['onRevoke'] }

function Row({ machineKey, onRevoke }: RowProps) {
  const { name, role, createdAt, usedAt, expiresAt, revokedAt } = machineKey
  return (
    <Table.Tr>
      <Table.Td fw={600}>{name}</Table.Td>
      <Table.Td>{titled(role)}</Table.Td>
      <Table.Td>
        <Badge variant={revokedAt ? 'default' : 'filled'}>{revokedAt ? 'revoked' : 'live'}</Badge>
      </Table.Td>
      <Table.Td>
        <When at={createdAt} />
      </Table.Td>
      <Table.Td>{usedAt ? <When at={usedAt} /> : 'never'}</Table.Td>
      <Table.Td>{expiresAt ? <When at={expiresAt} /> : 'never by itself'}</Table.Td>
      {onRevoke && (
        <Table.Td>
          {!revokedAt && (
            <Button
              variant="default"
              size="xs"
              aria-label={`Revoke ${name}`}
              onClick={() => onRevoke(machineKey)}
            >
              Revoke
            </Button>
          )}
        </Table.Td>
      )}
    </Table.Tr>
  )
}
