import { Stack, Text, Title } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { endOwnSession } from '../../../contract/session.js'
import { session } from '../../api.js'
import { ActDialog } from '../../components/act-dialog.js'
import { Page } from '../../components/page.js'
import { Loaded } from '../../components/problem.js'
import { When } from '../../components/time.js'
import { titled } from './acts.js'
import { deviceWords } from './device.js'
import { Passkeys } from './passkeys.js'
import { ownSessions, type SeenSession, useDoing } from './queries.js'
import { SessionTable } from './sessions.js'

/** What somebody can see and do about their own access. */
export function Me() {
  const { data } = useQuery(session)
  return (
    <Page title="Your access">
      {data && (
        <Text maw="45rem">
          {data.staff.name}, {data.staff.email}. {data.staff.roles.map(titled).join(', ')}. This
          session ends at the latest <When at={data.expiresAt} />.
        </Text>
      )}
      <Passkeys />
      <OwnSessions />
    </Page>
  )
}

function OwnSessions() {
  const asked = useQuery(ownSessions)
  const [ending, setEnding] = useState<SeenSession | null>(null)
  const end = useDoing({
    run: (ask, { id }: SeenSession) => ask(endOwnSession, { params: { id } }),
    says: () => 'The session is ended.',
    onDone: () => setEnding(null),
  })
  return (
    <Stack component="section" aria-labelledby="sessions">
      <Title order={2} size="h3" id="sessions">
        Where you are signed in
      </Title>
      <Text maw="45rem">
        One that you do not know? End it, then ask an admin to invite you again: your password is
        known to somebody.
      </Text>
      <Loaded of={asked}>
        {({ items }) => <SessionTable items={items} onEnd={(each) => setEnding(each)} />}
      </Loaded>
      {ending && (
        <ActDialog
          title="End one of your sessions"
          act="End this session"
          isGrave
          isBusy={end.isPending}
          error={end.error}
          onAct={() => end.mutate(ending)}
          onClose={() => setEnding(null)}
        >
          <Text>
            {deviceWords(ending.userAgent)}, from {ending.ip}: it can do nothing more, at once.
          </Text>
        </ActDialog>
      )}
    </Stack>
  )
}
