import {
  Alert,
  Button,
  Checkbox,
  Group,
  NativeSelect,
  SegmentedControl,
  Text,
  VisuallyHidden,
} from '@mantine/core'
import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { useSearchParams } from 'wouter'
import { useHistoryState } from 'wouter/use-browser-location'
import { session } from '../../api.js'
import { KeyNames, useKey } from '../../components/keys.js'
import { words } from '../../components/number.js'
import { Page } from '../../components/page.js'
import { Empty, Loaded, Problem } from '../../components/problem.js'
import { Waiting } from '../../components/waiting.js'
import { queue, type Shown } from './queries.js'
import { QueueRows } from './queue-rows.js'
import type { Case } from './words.js'
import { useNext } from './work.js'

const STATUSES: readonly { value: Case['status']; label: string }[] = [
  { value: 'open', label: 'Waiting' },
  { value: 'awaiting_second', label: 'Second review' },
  { value: 'claimed', label: 'Claimed' },
  { value: 'snoozed', label: 'Put aside' },
  { value: 'decided', label: 'Decided' },
]

/** The queue: what waits for a person, the most urgent first. */
export function Cases() {
  const { shown, show } = useShown()
  const { data: me } = useQuery(session)
  const mayDecide = me?.may.includes('case.decide') ?? false
  const asked = useQuery({ ...queue(shown), placeholderData: keepPreviousData })
  const { next, isPending, error } = useNext({ isOff: !mayDecide })
  const more = asked.data?.next
  return (
    <Page
      title="Cases"
      actions={
        mayDecide && (
          <Button loading={isPending} onClick={next} rightSection={<KeyNames keys="n" />}>
            Claim the next case
          </Button>
        )
      }
    >
      <NothingWaits />
      <Problem error={error} onRetry={next} />
      <Filters shown={shown} show={show} />
      <Loaded of={asked}>
        {({ items }) =>
          // Rows of another choice must not look like those of this one.
          asked.isPlaceholderData ? (
            <Waiting />
          ) : items.length === 0 ? (
            <NoCases shown={shown} />
          ) : (
            <QueueRows items={items} />
          )
        }
      </Loaded>
      <Group>
        {shown.after && (
          <Button variant="default" onClick={() => show({ after: '' })}>
            Back to the most urgent
          </Button>
        )}
        {more && (
          <Button
            variant="default"
            loading={asked.isPlaceholderData}
            onClick={() => show({ after: more })}
            rightSection={<KeyNames keys="f" />}
          >
            More
          </Button>
        )}
        <MoreKey isOff={!more} onMore={() => show({ after: more ?? '' })} />
      </Group>
    </Page>
  )
}

function MoreKey({ isOff, onMore }: { isOff: boolean; onMore: () => void }) {
  useKey({ keys: 'f', says: 'Show more cases', run: onMore, isOff })
  return null
}

/** What is shown stands in the address: it can be sent to somebody, and the way back works. */
function useShown() {
  const [params, setParams] = useSearchParams()
  const status = STATUSES.find(({ value }) => value === params.get('status'))?.value ?? 'open'
  const shown = {
    status,
    tier: params.get('tier') ?? '',
    escalated: params.get('escalated') === 'only' ? ('only' as const) : ('' as const),
    after: params.get('after') ?? '',
  }
  const show = (over: Partial<Shown>) => {
    const to = { ...shown, after: '', ...over }
    setParams(Object.entries(to).filter(([, value]) => value !== ''))
  }
  return { shown, show }
}

type FilterProps = { shown: Shown; show: (over: Partial<Shown>) => void }

/** Tiers of the policy that Cordon begins with; a policy may name others, which rows lead to. */
const TIERS = ['takeover', 'attacked', 'unprotected', 'targeted']

function Filters({ shown, show }: FilterProps) {
  const tiers = TIERS.includes(shown.tier) || !shown.tier ? TIERS : [...TIERS, shown.tier]
  useKey({
    keys: 'v',
    says: 'Show what wants a second reviewer',
    run: () => show({ status: 'awaiting_second' }),
  })
  const toggleEscalated = () => show({ escalated: shown.escalated ? '' : 'only' })
  useKey({ keys: 'e', says: 'Show only what is escalated, or all', run: toggleEscalated })
  useKey({ keys: 'w', says: 'Show what waits', run: () => show({ status: 'open' }) })
  return (
    <Group align="flex-end">
      <div style={{ overflowX: 'auto', maxWidth: '100%' }}>
        <SegmentedControl
          aria-label="Which cases"
          data={[...STATUSES]}
          value={shown.status}
          onChange={(value) => show({ status: value as Case['status'] })}
        />
      </div>
      <NativeSelect
        label="Tier"
        value={shown.tier}
        onChange={(event) => show({ tier: event.currentTarget.value })}
        data={[
          { value: '', label: 'All' },
          ...tiers.map((tier) => ({ value: tier, label: words(tier) })),
        ]}
      />
      <Checkbox
        mb={8}
        label="Only escalated"
        checked={shown.escalated === 'only'}
        onChange={toggleEscalated}
      />
    </Group>
  )
}

const EMPTY: Record<Case['status'], string> = {
  open: 'Whatever a sweep, a detector or returned mail asks people about appears here by itself.',
  awaiting_second:
    'When somebody proposes to release an account whose value is above the limit, another reviewer finds it here.',
  claimed: 'Nobody works on a case at this moment.',
  snoozed: 'No case was put aside.',
  decided: 'No case was decided yet.',
}

const NoCases = ({ shown: { status, tier, escalated } }: { shown: Shown }) => (
  <Empty
    title={
      escalated
        ? 'No escalated case here'
        : tier
          ? `No case of the tier “${words(tier)}” here`
          : 'No case here'
    }
  >
    {EMPTY[status]}
  </Empty>
)

/** After `n` found nothing: that is said until its user goes somewhere else. */
function NothingWaits() {
  const state = useHistoryState<{ isEmpty?: boolean } | null>()
  if (!state?.isEmpty) return null
  return (
    <Alert color="blue" variant="outline" title="No case waits">
      <Text size="sm">
        Nothing was claimed: every case is decided, put aside, or claimed by another reviewer.
      </Text>
      <VisuallyHidden>The next one appears in the list below by itself.</VisuallyHidden>
    </Alert>
  )
}
