import {
  AppShell,
  Badge,
  Box,
  Burger,
  Button,
  Center,
  Container,
  Group,
  Menu,
  NavLink,
  Text,
  useComputedColorScheme,
  useMantineColorScheme,
} from '@mantine/core'
import { useDisclosure } from '@mantine/hooks'
import { IconUser } from '@tabler/icons-react'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { Suspense } from 'react'
import { Route, Link as RouteLink, Switch, useLocation } from 'wouter'
import type { z } from 'zod'
import { closeSession, type SessionView } from '../contract/session.js'
import { ask, mail, session } from './api.js'
import { forgetActs, sendHeld } from './components/held-act.js'
import { HeldTray } from './components/held-tray.js'
import { KeyMap, KeyNames, useKey } from './components/keys.js'
import { Link } from './components/link.js'
import { Offline } from './components/offline.js'
import { Page } from './components/page.js'
import { Problem } from './components/problem.js'
import { Waiting } from './components/waiting.js'
import { AREAS, ROUTES } from './routes.js'
import { SignIn } from './sign-in.js'

type Session = z.output<typeof SessionView>

/** Everything around the screens; without a session, the way in. */
export function Shell() {
  const { data, error, refetch } = useQuery(session)
  if (data === undefined)
    return (
      <Center h="100vh">{error ? <Problem error={error} onRetry={refetch} /> : <Waiting />}</Center>
    )
  return data === null ? <SignIn /> : <Frame me={data} />
}

function Frame({ me }: { me: Session }) {
  const [isOpen, { toggle, close }] = useDisclosure(false)
  const leaving = useLeaving()
  const areas = AREAS.filter(({ act }) => me.may.includes(act))
  return (
    <AppShell
      header={{ height: 56 }}
      navbar={{ width: 210, breakpoint: 'sm', collapsed: { mobile: !isOpen } }}
      padding="md"
    >
      <AppShell.Header px="md">
        <Group h="100%" justify="space-between" wrap="nowrap" gap="xs">
          <Group wrap="nowrap" gap="sm">
            <Burger opened={isOpen} onClick={toggle} hiddenFrom="sm" size="sm" aria-label="Menu" />
            <Text fw={700} size="lg">
              Cordon
            </Text>
            {me.may.includes('mail.read') && <ValveState />}
          </Group>
          <Me me={me} onLeave={() => leaving.mutate()} />
        </Group>
      </AppShell.Header>
      <AppShell.Navbar p="xs" aria-label="Areas">
        {/* While it is closed nobody tabs into it; its keys work all the same. */}
        <Box display={{ base: isOpen ? 'block' : 'none', sm: 'block' }}>
          {areas.map((area) => (
            <AreaLink key={area.path} area={area} onGone={close} />
          ))}
        </Box>
      </AppShell.Navbar>
      <AppShell.Main>
        <Container size="xl" px={0}>
          <Offline />
          <Problem error={leaving.error} onRetry={() => leaving.mutate()} />
          <Suspense fallback={<Waiting />}>
            <Screens />
          </Suspense>
          <HeldTray />
        </Container>
      </AppShell.Main>
      <KeyMap />
    </AppShell>
  )
}

const Screens = () => (
  <Switch>
    {ROUTES.map(({ path, screen }) => (
      <Route key={path} path={path} component={screen} />
    ))}
    <Route>
      <Page title="Nothing is here">
        <Text>
          The address leads nowhere. <Link to="/">Go to the incidents</Link>.
        </Text>
      </Page>
    </Route>
  </Switch>
)

type Area = (typeof AREAS)[number]

const isAt = (location: string, start: string) =>
  location === start || (start !== '/' && location.startsWith(`${start}/`))

function AreaLink({
  area: { path, label, keys, also = [] },
  onGone,
}: {
  area: Area
  onGone: () => void
}) {
  const [location, go] = useLocation()
  useKey({ keys, says: `Go to ${label.toLowerCase()}`, run: () => go(path) })
  const isHere = [path, ...also].some((start) => isAt(location, start))
  return (
    <NavLink
      component={RouteLink}
      href={path}
      label={label}
      rightSection={
        <Text size="xs" component="span" visibleFrom="sm" aria-hidden>
          <KeyNames keys={keys} />
        </Text>
      }
      active={isHere}
      aria-current={isHere ? 'page' : undefined}
      onClick={onGone}
    />
  )
}

/** On every screen: nobody should wonder why no mail leaves, or believe that it is stopped. */
function ValveState() {
  const { data } = useQuery(mail)
  if (data?.valve.state !== 'closed') return null
  return (
    <Badge color="red" variant="filled" size="lg" flex="none">
      <Text component="span" inherit visibleFrom="sm">
        All mail is stopped
      </Text>
      <Text component="span" inherit hiddenFrom="sm">
        Mail stopped
      </Text>
    </Badge>
  )
}

/** Signs out. What was decided is sent first, and stays on the page when that fails. */
function useLeaving() {
  const known = useQueryClient()
  return useMutation({
    mutationFn: async () => {
      await sendHeld()
      await ask(closeSession)
    },
    onSuccess: () => {
      forgetActs()
      known.setQueryData(session.queryKey, null)
      // The session stays: the page would go on looking at the one that was removed.
      known.removeQueries({ predicate: ({ queryKey }) => queryKey[0] !== session.queryKey[0] })
    },
  })
}

function Me({ me, onLeave }: { me: Session; onLeave: () => void }) {
  const { toggleColorScheme } = useMantineColorScheme()
  const scheme = useComputedColorScheme('light')
  return (
    <Menu position="bottom-end">
      <Menu.Target>
        <Button variant="default" aria-label={me.staff.name} px="sm" flex="none">
          <Text component="span" inherit truncate maw="16rem" visibleFrom="sm">
            {me.staff.name}
          </Text>
          <Text component="span" inherit hiddenFrom="sm" lh={0}>
            <IconUser aria-hidden size={20} />
          </Text>
        </Button>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Label>{me.staff.roles.join(', ')}</Menu.Label>
        <Menu.Item component={RouteLink} href="/me">
          Sessions and passkeys
        </Menu.Item>
        <Menu.Item onClick={toggleColorScheme}>
          {scheme === 'light' ? 'Dark colours' : 'Light colours'}
        </Menu.Item>
        <Menu.Item onClick={onLeave}>Sign out</Menu.Item>
      </Menu.Dropdown>
    </Menu>
  )
}
