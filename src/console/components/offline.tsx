import { Alert, Text } from '@mantine/core'
import { IconPlugConnectedX } from '@tabler/icons-react'
import { onlineManager } from '@tanstack/react-query'
import { useEffect, useState, useSyncExternalStore } from 'react'
import { useAnnounce } from './announcer.js'
import { clockWords } from './time.js'

/** While there is no network nothing is asked again: what is old must not look like now. */
export function Offline() {
  const isOnline = useSyncExternalStore(
    (tell) => onlineManager.subscribe(tell),
    () => onlineManager.isOnline(),
  )
  return isOnline ? null : <Gone />
}

function Gone() {
  const [since] = useState(() => Date.now())
  const announce = useAnnounce()
  useEffect(() => () => announce('The network is back.'), [announce])
  return (
    <Alert
      role="alert"
      color="orange"
      variant="outline"
      mb="md"
      icon={<IconPlugConnectedX aria-hidden />}
      title="There is no network"
      styles={{ title: { color: 'var(--mantine-color-text)' } }}
    >
      <Text size="sm">
        What you see is of {clockWords(since)} or before, not of now. It is renewed as soon as the
        network is back.
      </Text>
    </Alert>
  )
}
