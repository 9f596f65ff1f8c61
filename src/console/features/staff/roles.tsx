import { Card, List, SimpleGrid, Stack, Text, Title } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { Loaded } from '../../components/problem.js'
import { people } from '../../components/who.js'
import { actWords, sharedActs, titled } from './acts.js'
import type { Roles } from './queries.js'

/** What each role may do, as the server enforces it. */
export function RolesPanel() {
  const asked = useQuery(people)
  return <Loaded of={asked}>{({ roles }) => <RoleCards roles={roles} />}</Loaded>
}

function RoleCards({ roles }: { roles: Roles }) {
  const shared = sharedActs(roles)
  return (
    <Stack>
      <Text maw="45rem">
        Somebody may have several roles, and then may do what any of them may. Whatever is not
        written here is refused. Whoever plans a sweep cannot approve it, in any role.
      </Text>
      <Acts title="Everybody" acts={shared} />
      <SimpleGrid cols={{ base: 1, md: 2 }}>
        {roles.map(({ role, may }) => (
          <Acts key={role} title={titled(role)} acts={may.filter((act) => !shared.includes(act))} />
        ))}
      </SimpleGrid>
    </Stack>
  )
}

const Acts = ({ title, acts }: { title: string; acts: Roles[number]['may'] }) => (
  <Card withBorder>
    <Title order={2} size="h4" mb="xs">
      {title}
    </Title>
    <List size="sm" spacing={4}>
      {acts.map((act) => (
        <List.Item key={act}>{actWords(act)}</List.Item>
      ))}
    </List>
  </Card>
)
