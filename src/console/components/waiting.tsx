import { Group, Loader, Text } from '@mantine/core'

/** Something is on its way. In words too, since a picture alone tells nothing to whoever listens. */
export const Waiting = () => (
  <Group gap="sm">
    <Loader size="sm" aria-hidden />
    <Text>Loading …</Text>
  </Group>
)
