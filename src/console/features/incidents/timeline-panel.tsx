import { Text, Timeline } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import type { ReactNode } from 'react'
import type { z } from 'zod'
import type { listAudit } from '../../../contract/audit.js'
import { happeningWords } from '../../components/happening.js'
import { Link } from '../../components/link.js'
import { count, words } from '../../components/number.js'
import { Problem } from '../../components/problem.js'
import { Section } from '../../components/section.js'
import { useNow, When } from '../../components/time.js'
import { Who } from '../../components/who.js'
import { exploitationOf, historyOf, type Overview } from './queries.js'

type Recorded = z.output<(typeof listAudit.answers)[200]>['items'][number]
type Moment = { at: string; key: string; what: ReactNode; who?: string }

/** What happened, in its order; from the record of who did it where somebody may read that. */
export function TimelinePanel({ incident, mayAudit }: { incident: Overview; mayAudit: boolean }) {
  const now = useNow(60_000)
  const used = useQuery(exploitationOf(incident.id))
  const history = useQuery({ ...historyOf(incident.id), enabled: mayAudit })
  const recorded = history.data?.items ?? []
  const moments = [
    ...momentsOf(incident),
    ...(used.data?.firstAt
      ? [{ at: used.data.firstAt, key: 'used', what: 'The leak was first used, as far as is seen' }]
      : []),
    ...(recorded.length > 0
      ? recorded.map(recordedMoment)
      : [{ at: incident.createdAt, key: 'opened', what: 'The incident was opened here' }]),
  ].sort((one, other) => Date.parse(one.at) - Date.parse(other.at))
  const past = moments.filter(({ at }) => Date.parse(at) <= now).length
  return (
    <Section gap="md" title="What happened">
      <Problem error={history.error} onRetry={history.refetch} />
      <Timeline active={past - 1} bulletSize={14} lineWidth={2}>
        {moments.map(({ at, key, what, who }) => (
          <Timeline.Item key={key} title={<Text size="sm">{what}</Text>}>
            <Text size="xs" c="dimmed">
              <When at={at} />
              {Date.parse(at) > now && ', still ahead'}
              {who && (
                <>
                  , by <Who actor={who} />
                </>
              )}
            </Text>
          </Timeline.Item>
        ))}
      </Timeline>
    </Section>
  )
}

const momentsOf = ({ occurredAt, detectedAt, clocks, lists, sweeps }: Overview): Moment[] => [
  { at: occurredAt, key: 'occurred', what: 'Addresses were exposed' },
  { at: detectedAt, key: 'noticed', what: 'It was noticed; the 72 hours began' },
  {
    at: clocks.regulatorDeadlineAt,
    key: 'deadline',
    what: 'The 72 hours to tell the regulator end',
  },
  ...lists.map(({ id, name, entries, createdAt }) => ({
    at: createdAt,
    key: id,
    what: `The list ${name} was added: ${count(entries)} entries`,
  })),
  ...sweeps.flatMap(sweepMoments),
]

function sweepMoments(sweep: Overview['sweeps'][number]): Moment[] {
  const { id, status, requestedBy, createdAt, startedAt, finishedAt } = sweep
  const link = <Link to={`/sweeps/${id}`}>sweep</Link>
  return [
    {
      at: createdAt,
      key: `${id} asked`,
      what: <>A plan of a {link} was asked for</>,
      who: requestedBy,
    },
    ...(startedAt ? [{ at: startedAt, key: `${id} started`, what: <>The {link} started</> }] : []),
    ...(finishedAt
      ? [
          {
            at: finishedAt,
            key: `${id} ended`,
            what: (
              <>
                The {link} ended: {words(status)}
              </>
            ),
          },
        ]
      : []),
  ]
}

const recordedMoment = ({ id, at, kind, detail, actor }: Recorded): Moment => ({
  at,
  key: id,
  what: recordedWords(kind, detail),
  who: actor,
})

/** `incident.changed` says which fields; any other act by its name. */
function recordedWords(kind: string, { fields, status }: Recorded['detail']): string {
  if (kind === 'incident.opened') return 'The incident was opened here'
  if (kind !== 'incident.changed' || !Array.isArray(fields)) return happeningWords(kind)
  const corrected = fields.filter((field) => field !== 'status')
  return [
    ...(fields.includes('status')
      ? [`The incident was ${status === 'closed' ? 'closed' : 'opened again'}`]
      : []),
    ...(corrected.length > 0
      ? [`The ${corrected.join(' and the ')} of the incident was corrected`]
      : []),
  ].join('. ')
}
