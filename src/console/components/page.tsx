import { Group, Stack, Title } from '@mantine/core'
import { type ReactNode, useEffect, useRef } from 'react'

type Props = { title: string; actions?: ReactNode; children: ReactNode }

/** One screen: its title for the tab, the eye, and whoever listens, who starts reading there. */
export function Page({ title, actions, children }: Props) {
  const heading = useRef<HTMLHeadingElement>(null)
  useEffect(() => {
    document.title = `${title} · Cordon`
  }, [title])
  useEffect(() => heading.current?.focus({ preventScroll: true }), [])
  return (
    <Stack gap="lg">
      <Group justify="space-between" align="flex-start">
        <Title order={1} size="h2" ref={heading} tabIndex={-1} style={{ outline: 'none' }}>
          {title}
        </Title>
        {actions && <Group gap="sm">{actions}</Group>}
      </Group>
      {children}
    </Stack>
  )
}
