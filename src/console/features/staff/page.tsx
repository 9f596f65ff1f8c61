import { Tabs } from '@mantine/core'
import { useLocation, useParams } from 'wouter'
import { Page } from '../../components/page.js'
import { Keys } from './keys.js'
import { People } from './people.js'
import { useMay } from './queries.js'
import { RolesPanel } from './roles.js'
import { EverybodysSessions } from './sessions.js'

const PLACE = '/staff'

/** Who operates Cordon, where they are signed in, which machines call it, and what each may do. */
export function Staff() {
  const { tab = 'people' } = useParams<{ tab?: string }>()
  const [, go] = useLocation()
  const canEndSessions = useMay('session.end_any')
  const canSeeKeys = useMay('key.read')
  return (
    <Page title="Staff and keys">
      <Tabs
        value={tab}
        keepMounted={false}
        onChange={(to) => go(to === 'people' || to === null ? PLACE : `${PLACE}/${to}`)}
      >
        <Tabs.List mb="md">
          <Tabs.Tab value="people">People</Tabs.Tab>
          {canEndSessions && <Tabs.Tab value="sessions">Signed in now</Tabs.Tab>}
          {canSeeKeys && <Tabs.Tab value="keys">Keys of machines</Tabs.Tab>}
          <Tabs.Tab value="roles">Roles</Tabs.Tab>
        </Tabs.List>
        <Tabs.Panel value="people">
          <People />
        </Tabs.Panel>
        {canEndSessions && (
          <Tabs.Panel value="sessions">
            <EverybodysSessions />
          </Tabs.Panel>
        )}
        {canSeeKeys && (
          <Tabs.Panel value="keys">
            <Keys />
          </Tabs.Panel>
        )}
        <Tabs.Panel value="roles">
          <RolesPanel />
        </Tabs.Panel>
      </Tabs>
    </Page>
  )
}
