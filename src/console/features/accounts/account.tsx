import { Button, Paper, SimpleGrid, Stack, Text, Title } from '@mantine/core'
import { IconCircleCheck, IconHandStop, IconKey } from '@tabler/icons-react'
import { useQuery } from '@tanstack/react-query'
import type { ReactNode } from 'react'
import { usePathname } from 'wouter/use-browser-location'
import { isRefusal, session } from '../../api.js'
import { useKey } from '../../components/keys.js'
import { Link } from '../../components/link.js'
import { count, words } from '../../components/number.js'
import { Page } from '../../components/page.js'
import { Empty, Loaded } from '../../components/problem.js'
import { When } from '../../components/time.js'
import { Evidence } from './evidence.js'
import { History } from './history.js'
import { account, type Seen } from './queries.js'
import { loginWords, valueWords } from './standing-words.js'

const ROOT = '/accounts/'

/** One account: what it may do, why, and what happened to it. */
export function Account() {
  // As it stands: the router decodes only in part, and an id may hold a `%`.
  const id = decodeURIComponent(usePathname().slice(ROOT.length))
  const asked = useQuery(account(id))
  const { data: me } = useQuery(session)
  useKey({
    keys: 'r',
    says: 'Look again',
    run: () => void asked.refetch(),
    isOff: asked.isFetching,
  })
  const audit = `/audit?subject=${encodeURIComponent(`account:${id}`)}`
  return (
    <Page
      title={`Account ${id}`}
      actions={
        <>
          {me?.may.includes('audit.read') && <Link to={audit}>In the audit</Link>}
          <Link to="/accounts">Look for another</Link>
          <Button variant="default" loading={asked.isFetching} onClick={() => void asked.refetch()}>
            Look again
          </Button>
        </>
      }
    >
      {isRefusal(asked.error, 'account_not_found') ? (
        <Empty title="No account has this id">
          Cordon knows the accounts that the platform told it about. Look for it by its whole
          address or id.
        </Empty>
      ) : (
        <Loaded of={asked}>{(seen) => <Everything seen={seen} />}</Loaded>
      )}
    </Page>
  )
}

const Everything = ({ seen }: { seen: Seen }) => (
  <Stack gap="xl">
    <Text>
      <strong style={{ overflowWrap: 'anywhere' }}>{seen.address}</strong>. To the platform the
      account is {words(seen.status)}. That you look at it is recorded.
    </Text>
    <Standing standing={seen.standing} />
    <Evidence evidence={seen.evidence} />
    <History history={seen.history} />
  </Stack>
)

function Standing({ standing }: Pick<Seen, 'standing'>) {
  const { passwordUsable, resetRequired, valueHeld, heldUntil, sessionEpoch } = standing
  return (
    <Stack component="section" gap="sm" aria-labelledby="standing">
      <Title order={2} size="h3" id="standing">
        What it may do now
      </Title>
      <SimpleGrid cols={{ base: 1, sm: 3 }}>
        <Fact icon={passwordUsable ? <Yes /> : <No />} says={loginWords(standing)}>
          {passwordUsable
            ? 'Its password works.'
            : 'Its password is refused, also when it is right.'}
        </Fact>
        <Fact icon={valueHeld ? <No /> : <Yes />} says={valueWords(standing)}>
          {!valueHeld && 'Nothing is held.'}
          {valueHeld &&
            (heldUntil ? (
              <>
                Held until <When at={heldUntil} />.
              </>
            ) : (
              'The hold has no end of its own.'
            ))}
        </Fact>
        <Fact
          icon={<IconKey aria-hidden />}
          says={resetRequired ? 'A new password is required' : 'No new password is required'}
        >
          {sessionEpoch === 0
            ? 'Its sessions were never ended by Cordon.'
            : `Its sessions were ended ${count(sessionEpoch)} ${sessionEpoch === 1 ? 'time' : 'times'}.`}
        </Fact>
      </SimpleGrid>
    </Stack>
  )
}

const Yes = () => <IconCircleCheck aria-hidden color="var(--mantine-color-teal-8)" />
const No = () => <IconHandStop aria-hidden color="var(--mantine-color-red-8)" />

const Fact = ({ icon, says, children }: { icon: ReactNode; says: string; children: ReactNode }) => (
  <Paper withBorder p="md">
    {icon}
    <Text fw={600}>{says}</Text>
    <Text size="sm">{children}</Text>
  </Paper>
)
