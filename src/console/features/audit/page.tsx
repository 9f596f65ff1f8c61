import { Tabs } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { session } from '../../api.js'
import { Page } from '../../components/page.js'
import { Browse } from './browse.js'
import { Export } from './export.js'
import { Verification } from './verification.js'

/** The record of what was done: reading it, proving it, taking it away. */
export function Audit() {
  const { data: me } = useQuery(session)
  return (
    <Page title="Audit">
      <Tabs defaultValue="browse" keepMounted={false}>
        <Tabs.List>
          <Tabs.Tab value="browse">What was done</Tabs.Tab>
          <Tabs.Tab value="verify">Verify</Tabs.Tab>
          {me?.may.includes('audit.export') && <Tabs.Tab value="export">Take it away</Tabs.Tab>}
        </Tabs.List>
        <Tabs.Panel value="browse" pt="md">
          <Browse />
        </Tabs.Panel>
        <Tabs.Panel value="verify" pt="md">
          <Verification />
        </Tabs.Panel>
        <Tabs.Panel value="export" pt="md">
          <Export />
        </Tabs.Panel>
      </Tabs>
    </Page>
  )
}
