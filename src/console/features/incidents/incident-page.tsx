import { Badge, Group, SimpleGrid, Stack, Text } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { useParams } from 'wouter'
import type { Act } from '../../../contract/acts.js'
import { session } from '../../api.js'
import { Link } from '../../components/link.js'
import { words } from '../../components/number.js'
import { Page } from '../../components/page.js'
import { Loaded } from '../../components/problem.js'
import { Section } from '../../components/section.js'
import { When } from '../../components/time.js'
import { ChangeIncident } from './change-incident.js'
import { Clocks } from './clocks.js'
import { ExploitationPanel } from './exploitation-panel.js'
import { FunnelPicture } from './funnel-picture.js'
import { ListsPanel } from './lists-panel.js'
import { type Overview, overviewOf } from './queries.js'
import { ReactionsPanel } from './reactions-panel.js'
import { SweepsPanel } from './sweeps-panel.js'
import { TimelinePanel } from './timeline-panel.js'
import { TogetherPanel } from './together-panel.js'

/** One incident: how far its accounts are, how much time is left, and what can be done next. */
export function IncidentPage() {
  const { id = '' } = useParams()
  const asked = useQuery(overviewOf(id))
  if (asked.data === undefined)
    return (
      <Page title="Incident">
        <Loaded of={asked}>{() => null}</Loaded>
        <Link to="/">All incidents</Link>
      </Page>
    )
  return <Shown incident={asked.data.body} etag={asked.data.etag} asked={asked} />
}

type Props = {
  incident: Overview
  etag: string | null
  asked: { data: unknown; error: unknown; refetch: () => unknown }
}

function Shown({ incident, etag, asked }: Props) {
  const { data: me } = useQuery(session)
  const may = (act: Act) => me?.may.includes(act) === true
  return (
    <Page
      title={incident.title}
      actions={may('incident.write') && <ChangeIncident incident={incident} etag={etag} />}
    >
      <Loaded of={asked}>{() => <Facts incident={incident} />}</Loaded>
      <Clocks incident={incident} />
      <SimpleGrid cols={{ base: 1, lg: 2 }}>
        <Section gap="md" title="How far it is">
          <FunnelPicture funnel={incident.funnel} />
        </Section>
        <ExploitationPanel incidentId={incident.id} />
      </SimpleGrid>
      <ListsPanel
        incident={incident}
        mayAdd={may('incident.write')}
        mayReadLines={may('list.read')}
      />
      <SweepsPanel incident={incident} mayPlan={may('sweep.plan')} />
      <TogetherPanel incidentId={incident.id} />
      <ReactionsPanel incident={incident} />
      <TimelinePanel incident={incident} mayAudit={may('audit.read')} />
    </Page>
  )
}

const Facts = ({ incident }: { incident: Overview }) => (
  <Stack gap="xs">
    <Group gap="sm">
      <Badge variant={incident.status === 'open' ? 'filled' : 'default'}>{incident.status}</Badge>
      <Text size="sm">
        {words(incident.kind)} · happened <When at={incident.occurredAt} /> · noticed{' '}
        <When at={incident.detectedAt} />
      </Text>
    </Group>
    {incident.summary && (
      <Text maw="60rem" style={{ whiteSpace: 'pre-line' }}>
        {incident.summary}
      </Text>
    )}
  </Stack>
)
