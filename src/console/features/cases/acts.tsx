import { Alert, Button, Group, Stack, Text } from '@mantine/core'
import { useMutation } from '@tanstack/react-query'
import { useState } from 'react'
import { useLocation } from 'wouter'
import { claimCase, releaseCase, snoozeCase } from '../../../contract/cases.js'
import { ask, isRefusal } from '../../api.js'
import { useAnnounce } from '../../components/announcer.js'
import { KeyNames, useKey } from '../../components/keys.js'
import { Problem } from '../../components/problem.js'
import { Chooser } from './chooser.js'
import { Escalate } from './escalate.js'
import { begin } from './follow-on.js'
import { Lease } from './lease.js'
import { usePassed } from './passed.js'
import { changed, keepClaim, noticeLost } from './queries.js'
import type { File } from './words.js'

type Props = { file: File; onGone: () => void }

/** Whose the case is now, and the keys that change that. */
export function Claim({ file, onGone }: Props) {
  const isMine = file.may.includes('heartbeat')
  const until = file.heldBy?.until
  const hasEnded = usePassed(until)
  if (isMine && until && !hasEnded)
    return (
      <Stack gap="xs">
        <Lease file={file} until={until} />
        <Leaving file={file} onGone={onGone} />
      </Stack>
    )
  if (isMine)
    return (
      <Alert color="orange" variant="outline" title="Your claim ended">
        <Stack gap="xs" align="flex-start">
          <Text size="sm">
            Nobody worked on the case for 15 minutes, so others may take it. The keys that decide
            are off.
          </Text>
          <ClaimNow file={file} />
        </Stack>
      </Alert>
    )
  return file.may.includes('claim') ? <ClaimNow file={file} /> : null
}

function ClaimNow({ file: { id } }: Pick<Props, 'file'>) {
  const announce = useAnnounce()
  const claiming = useMutation({
    mutationFn: () => ask(claimCase, { params: { id } }),
    onSuccess: async (claim) => {
      keepClaim(claim)
      await changed(id)
      announce('The case is yours for 15 minutes.')
    },
    onError: async (error) => {
      if (isRefusal(error, 'case_already_claimed')) await changed(id)
    },
  })
  const claim = () => claiming.mutate()
  useKey({ keys: 'c', says: 'Claim this case', run: claim, isOff: claiming.isPending })
  return (
    <Stack gap="xs" align="stretch">
      <Problem error={claiming.error} />
      <Button loading={claiming.isPending} rightSection={<KeyNames keys="c" />} onClick={claim}>
        Claim this case
      </Button>
    </Stack>
  )
}

const SNOOZES = [
  { value: 15, label: '15 minutes' },
  { value: 60, label: '1 hour' },
  { value: 240, label: '4 hours' },
  { value: 1_440, label: '1 day' },
  { value: 10_080, label: '1 week' },
] as const

/** Giving the case back, or putting it aside for a while. */
function Leaving({ file, onGone }: Props) {
  const { id, fence, account } = file
  const announce = useAnnounce()
  const [, go] = useLocation()
  const [isAsking, setAsking] = useState(false)
  const open = () => {
    begin(id)
    setAsking(true)
  }
  const releasing = useMutation({
    mutationFn: () => ask(releaseCase, { params: { id }, body: { fence } }),
    onSuccess: async () => {
      announce(`${account} is back in the queue.`)
      go('/cases')
      await changed(id)
    },
    onError: noticeLost(id),
  })
  const snoozing = useMutation({
    mutationFn: (minutes: number) => ask(snoozeCase, { params: { id }, body: { fence, minutes } }),
    onSuccess: async () => {
      announce(`${account} is put aside.`)
      onGone()
      await changed(id)
    },
    onError: noticeLost(id),
  })
  const off = releasing.isPending || snoozing.isPending
  const release = () => releasing.mutate()
  useKey({ keys: 'b', says: 'Give the case back to the queue', run: release, isOff: off })
  useKey({ keys: 'z', says: 'Put the case aside for a while', run: open, isOff: off })
  return (
    <>
      <Problem error={releasing.error ?? snoozing.error} />
      <Group gap="xs" grow preventGrowOverflow={false}>
        <Button
          size="xs"
          variant="default"
          disabled={off}
          rightSection={<KeyNames keys="z" />}
          onClick={open}
        >
          Put aside
        </Button>
        <Button
          size="xs"
          variant="default"
          disabled={off}
          rightSection={<KeyNames keys="b" />}
          onClick={release}
        >
          Give back
        </Button>
        <Escalate file={file} isOff={off} onGone={onGone} />
      </Group>
      {isAsking && (
        <Chooser
          title={`Put ${account} aside: for how long?`}
          says="Nobody sees it in the queue until then; its deadline goes on."
          choices={[...SNOOZES]}
          onClose={() => setAsking(false)}
          onChosen={(minutes) => snoozing.mutate(minutes)}
        />
      )}
    </>
  )
}
