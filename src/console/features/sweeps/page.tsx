import { Stack } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { type ReactNode, useEffect, useRef } from 'react'
import { useParams } from 'wouter'
import { useAnnounce } from '../../components/announcer.js'
import { Link } from '../../components/link.js'
import { Page } from '../../components/page.js'
import { Loaded } from '../../components/problem.js'
import { Acts } from './acts.js'
import { Approvals } from './approvals.js'
import { Ended } from './ended.js'
import { Events } from './events.js'
import { type Following, useFollowing } from './follow.js'
import { PlanParts } from './plan.js'
import { Planning } from './planning.js'
import { incidentOf, isEnded, type Sweep, sweepOf } from './queries.js'
import { Running } from './running.js'
import { Standing } from './standing.js'
import { STATUS_SAYS } from './words.js'

/** One sweep: its plan, its approval, its run and what became of it. */
export function SweepPage() {
  const { id = '' } = useParams<{ id: string }>()
  const asked = useQuery(sweepOf(id))
  const following = useFollowing(id, asked.data !== undefined && !isEnded(asked.data))
  const { data: incident } = useQuery({
    ...incidentOf(asked.data?.incidentId ?? ''),
    enabled: asked.data !== undefined,
  })
  // An answer that failed to come says as much as a stream that broke.
  const isLive = following.isHeard && !asked.isRefetchError && asked.fetchStatus !== 'paused'
  return (
    <Page
      title={incident ? `Sweep of ${incident.title}` : 'Sweep'}
      actions={asked.data && <Acts sweep={asked.data} />}
    >
      <Loaded of={asked}>
        {(sweep) => (
          <Stack gap="lg">
            {incident && <Link to={`/incidents/${incident.id}`}>Back to the incident</Link>}
            <Standing
              sweep={sweep}
              isLive={isLive}
              wasLive={following.wasHeard}
              asOfMs={asked.dataUpdatedAt}
            />
            <Screen sweep={sweep} following={following} isLive={isLive} />
            <Events changes={following.changes} people={sweep.people} />
          </Stack>
        )}
      </Loaded>
    </Page>
  )
}

type ScreenProps = { sweep: Sweep; following: Following; isLive: boolean }

function Screen({ sweep, following, isLive }: ScreenProps) {
  useAnnouncedState(sweep)
  const byStatus: Record<Sweep['status'], () => ReactNode> = {
    planning: () => <Planning sweep={sweep} following={following} />,
    planned: () => <ToApprove sweep={sweep} />,
    approved: () => <ToApprove sweep={sweep} />,
    running: () => <Running sweep={sweep} following={following} isLive={isLive} />,
    paused: () => <Running sweep={sweep} following={following} isLive={isLive} />,
    finished: () => <Ended sweep={sweep} />,
    aborted: () => <Ended sweep={sweep} />,
    failed: () => null,
  }
  return byStatus[sweep.status]()
}

const ToApprove = ({ sweep }: { sweep: Sweep }) => (
  <>
    <Approvals sweep={sweep} />
    <PlanParts sweep={sweep} />
  </>
)

/** Says what changed to whoever listens; not what was so already when the page was opened. */
function useAnnouncedState({ status, statusReason, needs }: Sweep) {
  const announce = useAnnounce()
  const before = useRef({ status, given: needs.given })
  useEffect(() => {
    const { current } = before
    before.current = { status, given: needs.given }
    if (current.status !== status) announce([STATUS_SAYS[status], statusReason ?? ''].join(' '))
    else if (current.given !== needs.given)
      announce(`${needs.given} of ${needs.approvals} approvals count`)
  }, [announce, status, statusReason, needs])
}
