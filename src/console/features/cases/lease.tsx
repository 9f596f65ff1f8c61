import { Alert, Group, Kbd, Text } from '@mantine/core'
import { useMutation } from '@tanstack/react-query'
import { useEffect, useRef } from 'react'
import { heartbeatCase } from '../../../contract/cases.js'
import { ask, isRefusal } from '../../api.js'
import { useAnnounce } from '../../components/announcer.js'
import { useKey } from '../../components/keys.js'
import { Problem } from '../../components/problem.js'
import { durationWords, useNow } from '../../components/time.js'
import { begin } from './follow-on.js'
import { keepLease, noticeLost } from './queries.js'
import type { File } from './words.js'

const BEAT_MS = 60_000
const WARNED_S = 120

/** How long the case is still the reviewer's. It is renewed for as long as they do something. */
export function Lease({ file, until }: { file: File; until: string }) {
  const announce = useAnnounce()
  const left = (new Date(until).getTime() - useNow(1_000)) / 1_000
  const { beat, error } = useHeartbeat(file)
  const isEnding = left <= WARNED_S
  useEffect(() => {
    if (isEnding) announce('Your claim ends within two minutes. Press h to keep it.')
  }, [isEnding, announce])
  const keep = () => {
    begin(file.id)
    beat()
  }
  useKey({ keys: 'h', says: 'Keep the case for 15 minutes from now', run: keep })
  if (error && !isRefusal(error, 'lease_lost')) return <Problem error={error} onRetry={beat} />
  if (!isEnding)
    return (
      <Text size="sm">
        {`The case is yours for ${durationWords(Math.ceil(left / 60) * 60)}. It stays so while you work on it.`}
      </Text>
    )
  return (
    <Alert color="orange" variant="outline" title={`Your claim ends in ${durationWords(left)}`}>
      <Group gap={4}>
        <Kbd>h</Kbd>
        <Text size="sm">keeps it for 15 minutes from now.</Text>
      </Group>
    </Alert>
  )
}

/** Renews the claim every minute in which somebody typed, clicked or scrolled. */
function useHeartbeat({ id, fence }: File) {
  const activeAt = useRef(Date.now())
  const { mutate, error } = useMutation({
    mutationFn: () => ask(heartbeatCase, { params: { id }, body: { fence } }),
    onSuccess: ({ leaseUntil }) => keepLease(id, leaseUntil),
    onError: noticeLost(id),
  })
  useEffect(() => {
    const note = () => {
      activeAt.current = Date.now()
    }
    const signs = ['keydown', 'pointerdown', 'pointermove', 'wheel', 'touchmove'] as const
    for (const sign of signs) window.addEventListener(sign, note, { passive: true })
    const timer = setInterval(() => {
      if (Date.now() - activeAt.current < BEAT_MS) mutate()
    }, BEAT_MS)
    return () => {
      clearInterval(timer)
      for (const sign of signs) window.removeEventListener(sign, note)
    }
  }, [mutate])
  return { beat: () => mutate(), error }
}
