import { Badge, Button, Code, Group, List, Stack, Text } from '@mantine/core'
import { useDisclosure } from '@mantine/hooks'
import { count } from '../../components/number.js'
import { Section } from '../../components/section.js'
import { When } from '../../components/time.js'
import { Caution } from './caution.js'
import type { Sweep } from './queries.js'
import { actorName, lapseSays, plural } from './words.js'

/** Who agreed to exactly this plan, and what is missing before it may start. */
export const Approvals = ({ sweep }: { sweep: Sweep }) => (
  <Section title="Approval" aside={<Needs sweep={sweep} />}>
    <Text>{missingSays(sweep)}</Text>
    {!sweep.fourEyes && (
      <Caution title="Four eyes are off">
        One person may ask for this plan and approve it. That is written on the plan, in the audit
        record and in the report.
      </Caution>
    )}
    {sweep.approvals.length > 0 && (
      <List spacing="xs">
        {sweep.approvals.map((approval) => (
          <List.Item key={approval.approver}>
            <b>{actorName(approval.approver, sweep.people)}</b> approved{' '}
            {count(approval.expectedResets)} {plural(approval.expectedResets, 'reset', 'resets')}{' '}
            <When at={approval.at} />
            {approval.lapse && (
              <Text fw={600} size="sm">
                It does not count: {lapseSays(approval.lapse)}
              </Text>
            )}
          </List.Item>
        ))}
      </List>
    )}
    <Digest digest={sweep.planDigest ?? ''} />
  </Section>
)

const Needs = ({ sweep: { needs } }: { sweep: Sweep }) => (
  <Badge size="lg" variant="default">
    {needs.given} of {needs.approvals ?? '–'}
  </Badge>
)

function missingSays({ needs, status, requestedBy, people }: Sweep): string {
  const missing = (needs.approvals ?? 0) - needs.given
  const asker = actorName(requestedBy, people)
  if (missing > 0)
    return `${count(missing)} more ${plural(missing, 'person', 'people')} must approve this plan: approvers other than ${asker}, who asked for it${needs.given > 0 ? ', and than those below' : ''}.`
  return status === 'approved'
    ? 'Enough people approved exactly this plan. It may be started.'
    : 'Nobody else has to approve this plan.'
}

const ENDS = 8

/** What stands for the whole plan: whoever compares it compares every row. */
export function Digest({ digest }: { digest: string }) {
  const [isWhole, { toggle }] = useDisclosure(false)
  return (
    <Stack gap={4}>
      <Group gap="xs">
        <Text size="sm">Digest of the plan</Text>
        <Code fz="sm" style={{ overflowWrap: 'anywhere' }}>
          {isWhole ? digest : `${digest.slice(0, ENDS)} … ${digest.slice(-ENDS)}`}
        </Code>
        <Button size="compact-xs" variant="default" onClick={toggle}>
          {isWhole ? 'Show its ends' : 'Show the whole digest'}
        </Button>
      </Group>
      <Text size="sm" c="dimmed">
        It stands for the lists, the policy, the mails and every row in its order. Whoever sees the
        same digest sees the same plan.
      </Text>
    </Stack>
  )
}
