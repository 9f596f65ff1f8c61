import { Button, Group, Stack, Table, Text, TextInput, Title } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { session } from '../../api.js'
import { count, laneName } from '../../components/number.js'
import { Empty } from '../../components/problem.js'
import { durationWords, When } from '../../components/time.js'
import { WideTable } from '../../components/wide-table.js'
import { PutOff } from './put-off.js'
import type { Lane, Valve } from './queries.js'
import { useStableOrder } from './stable-order.js'

type Props = { lanes: readonly Lane[]; closed: readonly Valve[]; onStop: (scope: string) => void }

const SHOWN_AT_FIRST = 25
const FEW = 8
const keyOf = ({ lane }: Lane) => lane ?? ''

/** Each mailbox provider with mail that has not left, or put aside. */
export function Lanes({ lanes, closed, onStop }: Props) {
  const [sought, setSought] = useState('')
  const [showsAll, setShowsAll] = useState(false)
  const rows = useStableOrder(lanes, keyOf)
  const found = rows.filter((lane) => keyOf(lane).includes(sought.trim().toLowerCase()))
  const shown = showsAll ? found : found.slice(0, SHOWN_AT_FIRST)
  return (
    <Stack component="section" gap="sm" aria-labelledby="lanes">
      <Group justify="space-between" align="flex-end">
        <Title order={2} size="h3" id="lanes">
          Lanes: one for each mailbox provider
        </Title>
        {lanes.length > FEW && (
          <TextInput
            label="Find a provider"
            value={sought}
            onChange={(event) => setSought(event.currentTarget.value)}
          />
        )}
      </Group>
      {lanes.length === 0 ? (
        <Empty title="No mail waits">Lanes appear here as soon as mail has to leave.</Empty>
      ) : (
        <LaneTable lanes={shown} closed={closed} onStop={onStop} />
      )}
      {found.length === 0 && lanes.length > 0 && <Text>No provider with mail is called so.</Text>}
      {found.length > SHOWN_AT_FIRST && (
        <Button variant="default" onClick={() => setShowsAll(!showsAll)}>
          {showsAll
            ? `Show the first ${count(SHOWN_AT_FIRST)}`
            : `Show all ${count(found.length)} lanes`}
        </Button>
      )}
    </Stack>
  )
}

const HEADS = [
  'Provider',
  'State',
  'Waiting',
  'Wait for their wave',
  'Being sent',
  'Accepted',
  'Mails a second',
  'Connections',
  'Time left',
]
const NUMBERS_FROM = 2

function LaneTable({ lanes, closed, onStop }: Props) {
  const { data: me } = useQuery(session)
  const mayStop = me?.may.includes('mail.close') ?? false
  const stopped = new Set(closed.map(({ scope }) => scope))
  return (
    <WideTable
      label="Mailbox providers"
      minWidth={1020}
      aria-labelledby="lanes"
      style={{ fontVariantNumeric: 'tabular-nums' }}
    >
      <Table.Thead>
        <Table.Tr>
          {HEADS.map((head, index) => (
            <Table.Th key={head} ta={index < NUMBERS_FROM ? 'left' : 'right'}>
              {head}
            </Table.Th>
          ))}
          {mayStop && <Table.Th>Stop it</Table.Th>}
        </Table.Tr>
      </Table.Thead>
      <Table.Tbody>
        {lanes.map((lane) => (
          <LaneRow
            key={keyOf(lane)}
            lane={lane}
            stopped={stopped}
            onStop={mayStop ? onStop : undefined}
          />
        ))}
      </Table.Tbody>
    </WideTable>
  )
}

type RowProps = { lane: Lane; stopped: ReadonlySet<string>; onStop: Props['onStop'] | undefined }

function LaneRow({ lane, stopped, onStop }: RowProps) {
  const name = lane.lane
  const isStopped = stopped.has(`lane:${name}`)
  const isHalted = isStopped || stopped.has('global')
  const numbers = [
    count(lane.waiting),
    count(lane.held),
    count(lane.sending),
    count(lane.accepted),
    ofMost(lane.rate, lane.rateCap),
    ofMost(lane.connections, lane.connectionsCap),
    isHalted || lane.secondsLeft === null ? 'not known' : durationWords(lane.secondsLeft),
  ]
  return (
    <Table.Tr>
      <Table.Th scope="row">{laneName(name)}</Table.Th>
      <Table.Td miw="13rem" maw="18rem">
        <LaneState lane={lane} stopped={stopped} />
        {lane.deferred && <PutOff deferred={lane.deferred} />}
      </Table.Td>
      {numbers.map((number, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: the columns never change their order
        <Table.Td key={index} ta="right">
          {number}
        </Table.Td>
      ))}
      {onStop && (
        <Table.Td>
          {name !== null && !isStopped && (
            <Button
              size="xs"
              variant="default"
              aria-label={`Stop mail to ${laneName(name)}`}
              onClick={() => onStop(`lane:${name}`)}
            >
              Stop
            </Button>
          )}
        </Table.Td>
      )}
    </Table.Tr>
  )
}

function LaneState({ lane, stopped }: Omit<RowProps, 'onStop'>) {
  if (stopped.has(`lane:${lane.lane}`))
    return (
      <Text size="sm" fw={600}>
        Stopped by its valve
      </Text>
    )
  if (lane.isPaused)
    return (
      <Text size="sm">
        <strong>Paused</strong>{' '}
        {lane.pausedUntil ? (
          <>
            until <When at={lane.pausedUntil} />
          </>
        ) : (
          'until somebody lets it go on'
        )}
        {lane.pauseReason && `: ${lane.pauseReason}`}
      </Text>
    )
  if (stopped.has('global')) return <Text size="sm">Stopped with all mail</Text>
  return <Text size="sm">{lane.rate === null ? 'Has no limits yet' : 'Mail may leave'}</Text>
}

const RATE = new Intl.NumberFormat(undefined, { maximumSignificantDigits: 3 })

const ofMost = (now: number | null, most: number | null): string =>
  now === null || most === null ? '–' : `${RATE.format(now)} of ${RATE.format(most)}`
