import { Button, SegmentedControl, Stack, Table, Text } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import type { z } from 'zod'
import type { readFunnel } from '../../../contract/mail.js'
import { count, laneName, percent } from '../../components/number.js'
import { Loaded } from '../../components/problem.js'
import { Section } from '../../components/section.js'
import { WideTable } from '../../components/wide-table.js'
import { type Overview, reactionsOf } from './queries.js'

type Reactions = z.output<(typeof readFunnel.answers)[200]>
type Steps = Pick<Reactions, 'ordered' | 'accepted' | 'opened' | 'completed' | 'idle' | 'withdrawn'>
type Part = Steps & { key: string; name: string }

const CUTS = [
  { value: 'batches', label: 'Batch' },
  { value: 'lanes', label: 'Mail provider' },
  { value: 'locales', label: 'Language' },
] as const
type Cut = (typeof CUTS)[number]['value']

/** Who reacted to the reset: all accounts, and cut by batch, provider or language. */
export function ReactionsPanel({ incident }: { incident: Overview }) {
  const asked = useQuery(reactionsOf(incident.id))
  const [cut, setCut] = useState<Cut>('batches')
  return (
    <Section
      gap="md"
      title="From ordered resets to new passwords"
      says="Accounts, each once. Idle: mailed, reminded, and nothing happened since. Withdrawn: the reset no longer holds."
      aside={
        <SegmentedControl
          aria-label="Cut by"
          data={[...CUTS]}
          value={cut}
          onChange={(value) => setCut(value as Cut)}
        />
      }
    >
      <Loaded of={asked}>
        {(reactions) =>
          reactions.ordered === 0 ? (
            <Text>No reset was ordered yet.</Text>
          ) : (
            <Parts
              key={cut}
              all={reactions}
              label={CUTS.find(({ value }) => value === cut)?.label ?? ''}
              parts={partsOf(reactions, cut, incident.lists)}
            />
          )
        }
      </Loaded>
    </Section>
  )
}

const LANGUAGES = new Intl.DisplayNames(undefined, { type: 'language' })

function partsOf(reactions: Reactions, cut: Cut, lists: Overview['lists']): Part[] {
  if (cut === 'lanes')
    return reactions.lanes.map((part) => ({
      ...part,
      key: part.lane ?? '',
      name: laneName(part.lane),
    }))
  if (cut === 'locales')
    return reactions.locales.map((part) => ({
      ...part,
      key: part.locale ?? '',
      name: part.locale === null ? 'Not known' : languageOf(part.locale),
    }))
  return reactions.batches.map((part) => ({
    ...part,
    key: part.batch,
    name: part.label ?? lists.find(({ id }) => part.batch.startsWith(`${id}:`))?.name ?? part.batch,
  }))
}

function languageOf(locale: string): string {
  try {
    return LANGUAGES.of(locale) ?? locale
  } catch {
    return locale // what a platform calls a locale need not be one
  }
}

const FIRST_SHOWN = 8

type PartsProps = { all: Steps; label: string; parts: readonly Part[] }

function Parts({ all, label, parts }: PartsProps) {
  const [isWhole, setWhole] = useState(false)
  const shown = isWhole ? parts : parts.slice(0, FIRST_SHOWN)
  return (
    <Stack>
      <WideTable label="Who reacted" minWidth={540} horizontalSpacing={6}>
        <Table.Thead>
          <Table.Tr>
            <Table.Th>{label}</Table.Th>
            <Table.Th ta="right">Ordered</Table.Th>
            <Table.Th ta="right">Mailed</Table.Th>
            <Table.Th ta="right">Opened</Table.Th>
            <Table.Th ta="right">Completed</Table.Th>
            <Table.Th ta="right">Idle</Table.Th>
            <Table.Th ta="right">Withdrawn</Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          <Row name="All accounts" steps={all} isTotal />
          {shown.map((part) => (
            <Row key={part.key} name={part.name} steps={part} />
          ))}
        </Table.Tbody>
      </WideTable>
      {parts.length > FIRST_SHOWN && (
        <Button variant="default" w="fit-content" onClick={() => setWhole(!isWhole)}>
          {isWhole
            ? `Show the ${FIRST_SHOWN} largest only`
            : `Show the ${count(parts.length)} largest`}
        </Button>
      )}
    </Stack>
  )
}

function Row({ name, steps, isTotal = false }: { name: string; steps: Steps; isTotal?: boolean }) {
  const { ordered, accepted, opened, completed, idle, withdrawn } = steps
  return (
    <Table.Tr fw={isTotal ? 600 : 400}>
      <Table.Th scope="row" fw="inherit" maw={320} style={{ overflowWrap: 'anywhere' }}>
        {name}
      </Table.Th>
      <Table.Td ta="right">{count(ordered)}</Table.Td>
      {[accepted, opened, completed, idle, withdrawn].map((value, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: the columns never change their order
        <Table.Td key={index} ta="right" style={{ whiteSpace: 'nowrap' }}>
          {count(value)}{' '}
          <Text component="span" size="xs" c="dimmed">
            {percent(value, ordered)}
          </Text>
        </Table.Td>
      ))}
    </Table.Tr>
  )
}
