import { Alert, Button, List, Stack, Text } from '@mantine/core'
import { IconAlertTriangle } from '@tabler/icons-react'
import type { ReactNode } from 'react'
import { PROBLEMS } from '../../contract/problem.js'
import { Refusal } from '../../platform/errors.js'
import { Waiting } from './waiting.js'

type Shown = { error: unknown; onRetry?: (() => unknown) | undefined }

/** A refusal in the server's words; nothing without one. */
export function Problem({ error, onRetry }: Shown) {
  if (!error) return null
  const refusal = error instanceof Refusal ? error : undefined
  const title = refusal ? PROBLEMS[refusal.code].title : 'Something went wrong here'
  const says =
    refusal?.detail ??
    'The console met something it does not know. Reload the page; if it happens again, tell whoever runs Cordon.'
  return (
    <Alert
      role="alert"
      color="red"
      variant="light"
      icon={<IconAlertTriangle aria-hidden />}
      title={title}
    >
      <Stack gap="xs" align="flex-start">
        {says !== title && <Text size="sm">{says}</Text>}
        {refusal?.options.errors && (
          <List size="sm">
            {refusal.options.errors.map(({ path, message }) => (
              <List.Item key={path}>{`${path}: ${message}`}</List.Item>
            ))}
          </List>
        )}
        {onRetry && (
          <Button size="xs" variant="default" onClick={() => void onRetry()}>
            Try again
          </Button>
        )}
      </Stack>
    </Alert>
  )
}

type Asked<T> = { data: T | undefined; error: unknown; refetch: () => unknown }

/** What was asked for, once it is there; what is known already stays when asking again fails. */
export function Loaded<T>({ of, children }: { of: Asked<T>; children: (data: T) => ReactNode }) {
  const { data, error, refetch } = of
  return (
    <>
      <Problem error={error} onRetry={refetch} />
      {data === undefined ? !error && <Waiting /> : children(data)}
    </>
  )
}

/** Says why nothing is here and what to do about it. */
export function Empty({ title, children }: { title: string; children?: ReactNode }) {
  return (
    <Stack gap="xs" align="center" py="xl">
      <Text fw={600}>{title}</Text>
      {children && (
        <Text maw="40rem" ta="center">
          {children}
        </Text>
      )}
    </Stack>
  )
}
