import { Badge, Button, Checkbox, Group, Stack, Table, Text } from '@mantine/core'
import { useMutation, useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { decideCases } from '../../../contract/cases.js'
import { askLasting, queries } from '../../api.js'
import { hold } from '../../components/held-act.js'
import { KeyNames, useKey } from '../../components/keys.js'
import { Link } from '../../components/link.js'
import { count } from '../../components/number.js'
import { Problem } from '../../components/problem.js'
import { Section } from '../../components/section.js'
import { useFreshen } from '../../components/step-up.js'
import { WideTable } from '../../components/wide-table.js'
import { Chooser } from './chooser.js'
import { begin } from './follow-on.js'
import { changed } from './queries.js'
import {
  type BulkResult,
  DECISIONS,
  type Decided,
  type Decision,
  decisionOf,
  type File,
  REASONS,
  RESULT_SAYS,
  reasonLabel,
  STATUS_SAYS,
} from './words.js'

type Props = { file: File; isHeld: boolean }
type Results = Record<string, BulkResult>

/** Accounts that the same sources attacked. Their cases can be decided alike. */
export function Cluster({ file, isHeld }: Props) {
  const [isAll, setAll] = useState(false)
  const [ticked, setTicked] = useState<ReadonlySet<string>>(new Set())
  const { data: results = {} } = useQuery(resultsOf(file.id))
  const ids = file.cluster.flatMap((each) => (each.case && isFree(each.case) ? [each.case.id] : []))
  // What was ticked may be somebody else's or decided by now.
  const chosen = new Set(ids.filter((id) => ticked.has(id)))
  const mayDecide = file.may.length > 0 && ids.length > 0
  const choose = (these: ReadonlySet<string>) => {
    begin(file.id)
    setTicked(these)
  }
  const toggleAll = () => choose(chosen.size === ids.length ? new Set() : new Set(ids))
  useKey({
    keys: 'x',
    says: 'Choose all cases of the cluster, or none',
    run: toggleAll,
    isOff: !mayDecide,
  })
  if (file.cluster.length === 0) return null
  const toggle = (id: string) =>
    choose(new Set(chosen.has(id) ? [...chosen].filter((each) => each !== id) : [...chosen, id]))
  const shown = isAll ? file.cluster : file.cluster.slice(0, FEW)
  return (
    <Section gap="xs" title="Attacked by the same sources">
      <Text size="sm">
        {`${accounts(file.cluster.length)}, ${count(ids.length)} with a case that waits.`}
      </Text>
      <WideTable label="Cluster" minWidth={520} verticalSpacing={4}>
        <Table.Thead>
          <Table.Tr>
            <Table.Th>
              {mayDecide && (
                <Checkbox
                  aria-label="All that wait"
                  checked={chosen.size === ids.length}
                  indeterminate={chosen.size > 0 && chosen.size < ids.length}
                  onChange={toggleAll}
                />
              )}
            </Table.Th>
            <Table.Th>Account</Table.Th>
            <Table.Th ta="right">Attempts</Table.Th>
            <Table.Th>Got in</Table.Th>
            <Table.Th>Case</Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {shown.map((each) => (
            <Member
              key={each.account}
              member={each}
              result={each.case ? results[each.case.id] : undefined}
              isChosen={each.case ? chosen.has(each.case.id) : false}
              onToggle={mayDecide ? toggle : undefined}
            />
          ))}
        </Table.Tbody>
      </WideTable>
      {file.cluster.length > FEW && (
        <Group>
          <Button size="xs" variant="default" onClick={() => setAll(!isAll)}>
            {isAll ? 'Show only the first' : `Show all ${count(file.cluster.length)}`}
          </Button>
        </Group>
      )}
      <DecideMany file={file} isHeld={isHeld} chosen={[...chosen]} />
    </Section>
  )
}

const FEW = 10
const accounts = (many: number) => (many === 1 ? '1 account' : `${count(many)} accounts`)
const cases = (many: number) => (many === 1 ? '1 case' : `${count(many)} cases`)
const isFree = ({ status }: { status: string }) => status === 'open'

type MemberProps = {
  member: File['cluster'][number]
  result: BulkResult | undefined
  isChosen: boolean
  onToggle: ((id: string) => void) | undefined
}

function Member({ member, result, isChosen, onToggle }: MemberProps) {
  const { account, attempts, wasEntered, case: found } = member
  return (
    <Table.Tr>
      <Table.Td>
        {found && isFree(found) && onToggle && (
          <Checkbox aria-label={account} checked={isChosen} onChange={() => onToggle(found.id)} />
        )}
      </Table.Td>
      <Table.Td>{account}</Table.Td>
      <Table.Td ta="right">{count(attempts)}</Table.Td>
      <Table.Td>
        {wasEntered ? (
          <Badge variant="filled" color="red.9">
            yes
          </Badge>
        ) : (
          'no'
        )}
      </Table.Td>
      <Table.Td>
        {found ? <Link to={`/cases/${found.id}`}>{STATUS_SAYS[found.status]}</Link> : 'none'}
        {result && (
          <Text size="sm" fw={600}>
            {RESULT_SAYS[result]}
          </Text>
        )}
      </Table.Td>
    </Table.Tr>
  )
}

type Many = Props & { chosen: readonly string[] }

/** One decision and one reason for what was chosen. */
function DecideMany({ file, isHeld, chosen }: Many) {
  const deciding = useDecideMany(file, chosen)
  const [step, setStep] = useState<'decision' | Decision | null>(null)
  const start = () => setStep('decision')
  const off = isHeld || chosen.length === 0
  useKey({ keys: 'd', says: 'Decide the chosen cases alike', run: start, isOff: off })
  if (off) return null
  const many = cases(chosen.length)
  return (
    <Stack gap="xs" align="flex-start">
      <Problem error={deciding.error} />
      <Button size="xs" rightSection={<KeyNames keys="d" />} onClick={start}>
        {`Decide ${many} alike`}
      </Button>
      {step === 'decision' && (
        <Chooser
          key="decision"
          title={`Decide ${many}: how?`}
          choices={DECISIONS.map(({ decision, act }) => ({
            value: decision,
            label: `${act} ${accounts(chosen.length)}`,
          }))}
          onClose={() => setStep(null)}
          onChosen={setStep}
        />
      )}
      {step !== null && step !== 'decision' && (
        <Chooser
          key={step}
          title={`${decisionOf(step).act} ${accounts(chosen.length)}: why?`}
          says={decisionOf(step).says}
          choices={REASONS.map(({ reason, label }) => ({ value: reason, label }))}
          noteLabel="Note, if there is more to say"
          onClose={() => setStep(null)}
          onChosen={(reason, note) =>
            deciding.mutate({ decision: step, reason, ...(note ? { note } : {}) })
          }
        />
      )}
    </Stack>
  )
}

/** What became of the cases that were decided from this one's cluster. */
const resultsOf = (id: string) => ({
  queryKey: ['results', id],
  queryFn: async (): Promise<Results> => ({}),
  staleTime: Number.POSITIVE_INFINITY,
  gcTime: Number.POSITIVE_INFINITY,
})

function useDecideMany({ id }: File, chosen: readonly string[]) {
  const freshen = useFreshen()
  return useMutation({
    mutationFn: async (decided: Decided) => {
      if (decided.decision === 'release') await freshen()
      hold({
        says: `${decisionOf(decided.decision).act} ${accounts(chosen.length)} (${reasonLabel(decided.reason).toLowerCase()})`,
        path: `/cases/${id}`,
        send: async () => {
          const { results } = await askLasting(decideCases, {
            body: { cases: [...chosen], ...decided },
          })
          queries.setQueryData<Results>(resultsOf(id).queryKey, (before) => ({
            ...before,
            ...Object.fromEntries(results.map((each) => [each.id, each.result])),
          }))
          await Promise.all([id, ...results.map((each) => each.id)].map(changed))
        },
      })
    },
  })
}
