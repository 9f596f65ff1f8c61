import { Group, Paper, Stack, Text, Title } from '@mantine/core'
import { type ReactNode, useId } from 'react'

type Props = {
  title: string
  says?: ReactNode
  aside?: ReactNode
  gap?: 'xs' | 'sm' | 'md'
  children: ReactNode
}

/** One part of a screen, found by its heading. */
export function Section({ title, says, aside, gap = 'sm', children }: Props) {
  const id = useId()
  return (
    <Paper component="section" withBorder p="md" aria-labelledby={id}>
      <Stack gap={gap}>
        <Group justify="space-between" align="flex-start">
          <Title order={2} size="h4" id={id}>
            {title}
          </Title>
          {aside}
        </Group>
        {says && (
          <Text size="sm" c="dimmed" maw="46rem">
            {says}
          </Text>
        )}
        {children}
      </Stack>
    </Paper>
  )
}

type FigureProps = { name: string; value: string; says?: string | undefined }

/** One number, large, with what it counts. */
export const Figure = ({ name, value, says }: FigureProps) => (
  <Paper withBorder p="md">
    <Text size="sm" c="dimmed">
      {name}
    </Text>
    <Text fz="1.6rem" fw={700} lh={1.3}>
      {value}
    </Text>
    {says && <Text size="sm">{says}</Text>}
  </Paper>
)
