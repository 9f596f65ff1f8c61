import { Grid, Group, Paper, Stack, Text } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { useParams } from 'wouter'
import { session } from '../../api.js'
import { useHeld } from '../../components/held-act.js'
import { Page } from '../../components/page.js'
import { Problem } from '../../components/problem.js'
import { Since } from '../../components/time.js'
import { Waiting } from '../../components/waiting.js'
import { Claim } from './acts.js'
import { Cluster } from './cluster.js'
import { Comments } from './comments.js'
import { Decide } from './decide.js'
import { Exposure, History, Reasons, Signals, Standing } from './facts.js'
import { Logins } from './logins.js'
import { usePassed } from './passed.js'
import { Places } from './places.js'
import { Proposal } from './proposal.js'
import { claimedCase, file as fileQuery } from './queries.js'
import { Escalated, Priority, Sla, Tier } from './signs.js'
import { type Case, type File, nameOf, statusSays } from './words.js'
import { useNext } from './work.js'

/** One case with everything needed to decide it. */
export function CasePage() {
  const { id = '' } = useParams<{ id: string }>()
  return <OneCase key={id} id={id} />
}

function OneCase({ id }: { id: string }) {
  const { data: me } = useQuery(session)
  const { data: file, error, refetch } = useQuery(fileQuery(id))
  const mayDecide = me?.may.includes('case.decide') ?? false
  const { next, nextAfter, error: nextError } = useNext({ isOff: !mayDecide })
  const known: Case | undefined = file ?? claimedCase(id)
  if (!known)
    return error ? (
      <Page title="Case">
        <Problem error={error} onRetry={refetch} />
      </Page>
    ) : (
      <Waiting />
    )
  return (
    <Page title={known.account}>
      <Head of={known} me={me ? `staff:${me.staff.id}` : undefined} />
      <Problem error={error} onRetry={refetch} />
      <Problem error={nextError} onRetry={next} />
      {file ? <Evidence file={file} onNext={next} onDecided={nextAfter} /> : !error && <Waiting />}
    </Page>
  )
}

const Head = ({ of, me }: { of: Case; me: string | undefined }) => (
  <Group gap="sm" mt="-sm">
    <Priority priority={of.priority} />
    <Text size="sm">
      <Tier tier={of.tier} />
    </Text>
    <Sla sla={of.sla} status={of.status} />
    <Text size="sm">{statusSays(of, me)}</Text>
    <Escalated of={of} />
    {of.escalated && (
      <Text size="sm">
        {`by ${nameOf(of.escalated.by)}, `}
        <Since at={of.escalated.at} />
      </Text>
    )}
  </Group>
)

type EvidenceProps = {
  file: File
  onNext: () => void
  onDecided: (id: string) => void
}

function Evidence({ file: read, onNext, onDecided }: EvidenceProps) {
  const { held } = useHeld()
  const file = useLive(read)
  const isHeld = held?.path === `/cases/${file.id}`
  return (
    <Grid gap="md">
      <Grid.Col span={{ base: 12, md: 4 }} order={{ base: 1, md: 2 }}>
        <Stack gap="md" pos={{ base: 'static', md: 'sticky' }} top={72}>
          <Paper withBorder p="md" component="section" aria-label="Decide">
            <Stack gap="md">
              {!isHeld && <Claim file={read} onGone={onNext} />}
              <Proposal file={file} isHeld={isHeld} />
              <Decide file={file} isHeld={isHeld} onHeld={() => onDecided(file.id)} />
            </Stack>
          </Paper>
        </Stack>
      </Grid.Col>
      <Grid.Col span={{ base: 12, md: 8 }} order={{ base: 2, md: 1 }}>
        <Stack gap="md">
          <Grid gap="md">
            <Grid.Col span={{ base: 12, sm: 6 }}>
              <Reasons file={file} />
            </Grid.Col>
            <Grid.Col span={{ base: 12, sm: 6 }}>
              <Standing file={file} />
            </Grid.Col>
          </Grid>
          <Logins logins={file.logins} />
          <Places logins={file.logins} />
          <Signals signals={file.signals} />
          <Cluster file={file} isHeld={isHeld} />
          <Exposure exposure={file.exposure} />
          <History file={file} />
          <Comments file={file} />
        </Stack>
      </Grid.Col>
    </Grid>
  )
}

const OF_A_CLAIM: readonly File['may'][number][] = [
  'heartbeat',
  'release',
  'snooze',
  'escalate',
  'decide',
]

/** A claim whose time is over gives nothing any more, until it is claimed again. */
function useLive(file: File): File {
  const hasEnded = usePassed(file.heldBy?.until)
  if (!hasEnded || !file.may.includes('heartbeat')) return file
  const may = file.may.filter((deed) => !OF_A_CLAIM.includes(deed))
  return { ...file, may: ['claim', ...may] }
}
