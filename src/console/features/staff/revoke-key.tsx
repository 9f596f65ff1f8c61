import { List, Text } from '@mantine/core'
import { revokeKey } from '../../../contract/keys.js'
import { ActDialog } from '../../components/act-dialog.js'
import { Since } from '../../components/time.js'
import { titled } from './acts.js'
import { type Key, useDoing } from './queries.js'

type Props = { machineKey: Key; onClose(): void }

export function RevokeKey({ machineKey, onClose }: Props) {
  const { name, role, usedAt } = machineKey
  const revoking = useDoing({
    run: (ask, key: Key) => ask(revokeKey, { params: { id: key.id } }),
    says: (key) => `The key ${key.name} is revoked.`,
    onDone: onClose,
  })
  return (
    <ActDialog
      title={`Revoke ${name}`}
      act={`Revoke ${name}`}
      isGrave
      isBusy={revoking.isPending}
      error={revoking.error}
      onAct={() => revoking.mutate(machineKey)}
      onClose={onClose}
    >
      <Text>At once, and for good:</Text>
      <List>
        <List.Item>Whatever still calls Cordon with this key is refused.</List.Item>
        {role === 'ingest' && (
          <List.Item>Login attempts signed by it are not believed any more.</List.Item>
        )}
        <List.Item>
          {titled(role)} key, last used: {usedAt ? <Since at={usedAt} /> : 'never'}.
        </List.Item>
      </List>
    </ActDialog>
  )
}
