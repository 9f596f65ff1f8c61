import { Badge, Button, Stack, Table, Text } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { endAnySession } from '../../../contract/session.js'
import { ActDialog } from '../../components/act-dialog.js'
import { words } from '../../components/number.js'
import { Loaded } from '../../components/problem.js'
import { Since, When } from '../../components/time.js'
import { people } from '../../components/who.js'
import { WideTable } from '../../components/wide-table.js'
import { deviceWords } from './device.js'
import { allSessions, type SeenSession, useDoing } from './queries.js'

/** How many sessions somebody has now; null while it is not known. */
export function useSessionCount(staffId: string): number | null {
  const { data } = useQuery(allSessions)
  return data ? data.items.filter((each) => each.staffId === staffId).length : null
}

/** Where everybody is signed in. */
export function EverybodysSessions() {
  const asked = useQuery(allSessions)
  const { data } = useQuery(people)
  const [ending, setEnding] = useState<SeenSession | null>(null)
  const nameOf = (id: string) => data?.items.find((each) => each.id === id)?.name ?? id
  const end = useDoing({
    run: (ask, { id }: SeenSession) => ask(endAnySession, { params: { id } }),
    says: ({ staffId }) => `A session of ${nameOf(staffId)} is ended.`,
    onDone: () => setEnding(null),
  })
  return (
    <Stack>
      <Text maw="45rem">
        A session ends by itself after fifteen minutes without use, and after eight hours in all.
      </Text>
      <Loaded of={asked}>
        {({ items }) => (
          <SessionTable items={items} nameOf={nameOf} onEnd={(each) => setEnding(each)} />
        )}
      </Loaded>
      {ending && (
        <ActDialog
          title={`End a session of ${nameOf(ending.staffId)}`}
          act="End this session"
          isGrave
          isBusy={end.isPending}
          error={end.error}
          onAct={() => end.mutate(ending)}
          onClose={() => setEnding(null)}
        >
          <Text>
            {deviceWords(ending.userAgent)}, from {ending.ip}: it can do nothing more, at once. They
            may sign in again. To keep somebody out, dismiss them.
          </Text>
        </ActDialog>
      )}
    </Stack>
  )
}

type Props = {
  items: readonly SeenSession[]
  onEnd(session: SeenSession): void
  /** Left out where all are one’s own. */
  nameOf?: (staffId: string) => string
}

export const SessionTable = ({ items, onEnd, nameOf }: Props) => (
  <WideTable label="Sessions" minWidth={700} verticalSpacing="sm">
    <Table.Thead>
      <Table.Tr>
        {nameOf && <Table.Th>Who</Table.Th>}
        <Table.Th>Browser</Table.Th>
        <Table.Th>From</Table.Th>
        <Table.Th>Second factor</Table.Th>
        <Table.Th>Signed in</Table.Th>
        <Table.Th>Last seen</Table.Th>
        <Table.Th>Action</Table.Th>
      </Table.Tr>
    </Table.Thead>
    <Table.Tbody>
      {items.map((each) => (
        <SessionRow key={each.id} session={each} onEnd={onEnd} who={nameOf?.(each.staffId)} />
      ))}
    </Table.Tbody>
  </WideTable>
)

type RowProps = { session: SeenSession; onEnd: Props['onEnd']; who: string | undefined }

const SessionRow = ({ session, onEnd, who }: RowProps) => (
  <Table.Tr>
    {who !== undefined && <Table.Td fw={600}>{who}</Table.Td>}
    <Table.Td title={session.userAgent}>{deviceWords(session.userAgent)}</Table.Td>
    <Table.Td>{session.ip}</Table.Td>
    <Table.Td>{FACTORS[session.factor] ?? words(session.factor)}</Table.Td>
    <Table.Td>
      <When at={session.createdAt} />
    </Table.Td>
    <Table.Td>
      <Since at={session.seenAt} />
    </Table.Td>
    <Table.Td>
      {session.isThisOne ? (
        <Badge variant="default">This one</Badge>
      ) : (
        <Button
          variant="default"
          size="xs"
          onClick={() => onEnd(session)}
          aria-label={`End the session from ${session.ip}${who ? ` of ${who}` : ''}`}
        >
          End
        </Button>
      )}
    </Table.Td>
  </Table.Tr>
)

const FACTORS: Partial<Record<SeenSession['factor'], string>> = { totp: 'authenticator app' }
