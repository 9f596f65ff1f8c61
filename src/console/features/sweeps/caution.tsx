import { Alert } from '@mantine/core'
import { IconAlertTriangle } from '@tabler/icons-react'
import type { ReactNode } from 'react'

type Props = { title: string; color?: 'orange' | 'red'; children: ReactNode }

/** Something that people should see before they go on. */
export const Caution = ({ title, color = 'orange', children }: Props) => (
  <Alert
    color={color}
    icon={<IconAlertTriangle aria-hidden />}
    title={title}
    styles={{ title: { color: 'var(--mantine-color-text)' } }}
  >
    {children}
  </Alert>
)
