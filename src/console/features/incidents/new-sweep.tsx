import { NativeSelect, Table, Text, Textarea } from '@mantine/core'
import { useMutation, useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { useLocation } from 'wouter'
import type { z } from 'zod'
import type { listPolicies } from '../../../contract/policies.js'
import { planSweep } from '../../../contract/sweeps.js'
import { Refusal } from '../../../platform/errors.js'
import { ActDialog } from '../../components/act-dialog.js'
import { count, words } from '../../components/number.js'
import { effectsSay } from '../../components/outcome-words.js'
import { Loaded } from '../../components/problem.js'
import { useAsk } from '../../components/step-up.js'
import { useOnce } from '../../components/use-once.js'
import { WideTable } from '../../components/wide-table.js'
import { type Overview, policies } from './queries.js'

type Policy = z.output<(typeof listPolicies.answers)[200]>['items'][number]
type Props = { incident: Overview; onClose: () => void }

/** Asks for a plan of everything on the lists of an incident. */
export function NewSweep({ incident, onClose }: Props) {
  const asked = useQuery(policies)
  const [chosen, setChosen] = useState<string | null>(null)
  const name = chosen ?? asked.data?.items.find(({ isDefault }) => isDefault)?.name ?? ''
  const [left, setLeft] = useState('')
  const exclude = idsIn(left)
  const planning = usePlanning(incident.id)
  const unknown = unknownIds(planning.error, planning.variables?.exclude ?? [])
  return (
    <ActDialog
      title="Plan a new sweep"
      act={
        exclude.length === 0
          ? 'Ask for the plan'
          : `Ask for the plan, ${count(exclude.length)} left out`
      }
      isBusy={planning.isPending}
      isOff={asked.data === undefined}
      error={unknown.length === 0 && planning.error}
      onAct={() => planning.mutate({ policy: name, exclude })}
      onClose={onClose}
    >
      <Text size="sm">{whatIsPlanned(incident.lists)} A plan does nothing to anybody.</Text>
      <Loaded of={asked}>
        {({ items }) => <PolicyChoice policies={items} name={name} onChosen={setChosen} />}
      </Loaded>
      <Textarea
        label="Accounts to leave out (may stay empty)"
        description="Ids of the platform, one a line. They are not touched, whatever the plan says."
        autosize
        minRows={3}
        maxRows={10}
        value={left}
        onChange={({ currentTarget }) => setLeft(currentTarget.value)}
        error={unknown.length > 0 && `No account has this id: ${unknown.join(', ')}`}
      />
    </ActDialog>
  )
}

type ChoiceProps = { policies: readonly Policy[]; name: string; onChosen(name: string): void }

const PolicyChoice = ({ policies: known, name, onChosen }: ChoiceProps) => (
  <>
    <NativeSelect
      label="Policy"
      description="The default one, and every one that was used here before"
      data-autofocus
      value={name}
      onChange={({ currentTarget }) => onChosen(currentTarget.value)}
      data={known.map((each) => ({
        value: each.name,
        label: each.isDefault ? `${each.name} (default)` : each.name,
      }))}
    />
    <Tiers policy={known.find((each) => each.name === name)} />
  </>
)

const whatIsPlanned = (lists: Overview['lists']) => {
  const addresses = lists.reduce((sum, { accepted }) => sum + accepted, 0)
  return `${lists.length === 1 ? 'One list' : `${count(lists.length)} lists`} with ${count(addresses)} addresses or hashes will be matched to accounts and judged.`
}

/** What becomes of an account; the first line that fits decides. */
const Tiers = ({ policy }: { policy: Policy | undefined }) => (
  <WideTable label="Tiers of the policy" minWidth={380} captionSide="top" verticalSpacing={4}>
    <Table.Caption>The first line that fits an account decides</Table.Caption>
    <Table.Thead>
      <Table.Tr>
        <Table.Th>Tier</Table.Th>
        <Table.Th>When</Table.Th>
        <Table.Th>What is done</Table.Th>
      </Table.Tr>
    </Table.Thead>
    <Table.Tbody>
      {policy?.tiers.map(({ name, says, effects }) => (
        <Table.Tr key={name}>
          <Table.Td>{words(name)}</Table.Td>
          <Table.Td>{says}</Table.Td>
          <Table.Td>{effectsSay(effects)}</Table.Td>
        </Table.Tr>
      ))}
    </Table.Tbody>
  </WideTable>
)

const idsIn = (text: string): string[] =>
  text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '')

type Asked = { policy: string; exclude: string[] }

function usePlanning(incidentId: string) {
  const ask = useAsk()
  const [, go] = useLocation()
  const keyFor = useOnce()
  return useMutation({
    mutationFn: (body: Asked) =>
      ask(planSweep, { params: { id: incidentId }, body, idempotencyKey: keyFor(body) }),
    onSuccess: ({ id }) => go(`/sweeps/${id}`),
  })
}

/** The server names wrong ids by where they stood in the question. */
function unknownIds(error: unknown, asked: readonly string[]): string[] {
  if (!(error instanceof Refusal)) return []
  return (error.options.errors ?? []).flatMap(({ path }) => {
    const index = /^body\.exclude\.(\d+)$/.exec(path)?.[1]
    return index === undefined ? [] : [asked[Number(index)] ?? '']
  })
}
