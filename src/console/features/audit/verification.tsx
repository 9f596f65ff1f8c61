import { Alert, Button, Code, Group, List, Loader, Stack, Text } from '@mantine/core'
import { IconAlertTriangle, IconShieldCheck } from '@tabler/icons-react'
import { useEffect, useRef, useState } from 'react'
import { verifyAudit } from '../../../contract/audit.js'
import { ask, type BodyOf } from '../../api.js'
import { useAnnounce } from '../../components/announcer.js'
import { count } from '../../components/number.js'
import { Problem } from '../../components/problem.js'

type Part = BodyOf<typeof verifyAudit>
type Progress = { part: Part | null; isRunning: boolean; error: unknown }

const IDLE: Progress = { part: null, isRunning: false, error: null }

/** Recomputes the chain from its first link, part after part, and says in words what that shows. */
export function Verification() {
  const { part, isRunning, error, verify, stop } = useVerification()
  return (
    <Stack maw="48rem" align="flex-start">
      <Text>
        Every event is linked to the one before it. Verifying recomputes each link from the first
        on: an event that was changed, removed or slipped in later does not fit any more.
      </Text>
      <Problem error={error} />
      {isRunning ? (
        <Group>
          <Loader size="sm" aria-hidden />
          <Text>{count(part?.verified ?? 0)} events hold so far. Going on…</Text>
          <Button variant="default" onClick={stop}>
            Stop
          </Button>
        </Group>
      ) : (
        <Button onClick={() => void verify()}>{part ? 'Verify again' : 'Verify the record'}</Button>
      )}
      {!isRunning && part && <Verdict part={part} />}
    </Stack>
  )
}

function useVerification() {
  const [progress, setProgress] = useState(IDLE)
  const running = useRef<AbortController>(null)
  const announce = useAnnounce()
  useEffect(() => () => running.current?.abort(), [])
  const verify = async () => {
    const controller = new AbortController()
    running.current = controller
    const { signal } = controller
    setProgress({ ...IDLE, isRunning: true })
    try {
      let part = await ask(verifyAudit, { signal })
      while (part.next !== null && !signal.aborted) {
        setProgress({ part, isRunning: true, error: null })
        part = await ask(verifyAudit, { query: { cursor: part.next }, signal })
      }
      setProgress({ part, isRunning: false, error: null })
      announce(titleOf(part))
    } catch (error) {
      setProgress((before) => ({
        ...before,
        isRunning: false,
        error: signal.aborted ? null : error,
      }))
    }
  }
  const stop = () => {
    running.current?.abort()
    announce('Stopped.')
  }
  return { ...progress, verify, stop }
}

function titleOf({ result, verified }: Part): string {
  if (result === 'verified') return `The record holds: ${count(verified)} events`
  if (result === 'partial') return `Stopped: the first ${count(verified)} events hold`
  return 'The record was changed'
}

function Verdict({ part }: { part: Part }) {
  const isBroken = part.result === 'broken'
  return (
    <Alert
      color={isBroken ? 'red' : 'teal'}
      variant="outline"
      c="var(--mantine-color-text)"
      icon={isBroken ? <IconAlertTriangle aria-hidden /> : <IconShieldCheck aria-hidden />}
      title={titleOf(part)}
      {...(isBroken ? { role: 'alert' } : {})}
    >
      {isBroken ? <Broken part={part} /> : <Holds part={part} />}
    </Alert>
  )
}

const Holds = ({ part: { result, head, waiting } }: { part: Part }) => (
  <Stack gap="xs">
    <Text size="sm">
      {result === 'verified'
        ? 'None of them was changed, removed, or slipped in since it was linked.'
        : 'Nothing is known about those after them. Verify again to look at all.'}
    </Text>
    {waiting !== null && waiting > 0 && (
      <Text size="sm">
        {count(waiting)} newer {waiting === 1 ? 'event is' : 'events are'} not linked yet; that
        takes a few seconds.
      </Text>
    )}
    <Text size="sm">
      The last link, to compare with a checkpoint kept elsewhere:{' '}
      <Code style={{ overflowWrap: 'anywhere' }}>{head}</Code>
    </Text>
  </Stack>
)

const PROBLEMS: Readonly<Record<NonNullable<Part['fault']>['problem'], string>> = {
  gap: 'one or several events are missing',
  altered: 'an event is not the one that was linked',
  misplaced: 'an event stands where another one belongs',
  inserted: 'events are there that were never linked',
}

function Broken({ part: { fault, verified } }: { part: Part }) {
  return (
    <Stack gap="xs">
      {fault && (
        <Text size="sm">
          After {count(verified)} events that hold, at number {count(fault.index)}:{' '}
          <strong>{PROBLEMS[fault.problem]}</strong>
          {fault.events !== undefined && ` (${count(fault.events)})`}. Cordon itself cannot do this:
          it took access to the database.
        </Text>
      )}
      <Text size="sm" fw={600}>
        What to do
      </Text>
      <List size="sm" type="ordered">
        <List.Item>Repair nothing, and let nobody restore over it: it is evidence.</List.Item>
        <List.Item>Take the record away now, and copy the database as it is.</List.Item>
        <List.Item>
          Verify that file with the checkpoints that are kept elsewhere:{' '}
          <Code>cordon audit verify cordon-audit.ndjson --checkpoints DIR --key KEY</Code>. It says
          up to which checkpoint the record was still whole.
        </List.Item>
        <List.Item>Change whatever opens the database, and find out who could reach it.</List.Item>
      </List>
    </Stack>
  )
}
