import { List, Text } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { approveSweep } from '../../../contract/sweeps.js'
import { ActDialog } from '../../components/act-dialog.js'
import { count } from '../../components/number.js'
import { OUTCOME_ORDER, outcomeName, outcomeSays } from '../../components/outcome-words.js'
import { useAsk } from '../../components/step-up.js'
import { durationWords } from '../../components/time.js'
import { Digest } from './approvals.js'
import { type Plan, planOf, type Sweep } from './queries.js'
import { Rows } from './samples.js'
import { useAct } from './use-act.js'
import { amount, plural } from './words.js'

type Props = { sweep: Sweep; onClose(): void }

/** Repeats what would be done; whoever agrees types how many passwords they expect to be reset. */
export function Approve({ sweep, onClose }: Props) {
  const ask = useAsk()
  const { data: plan } = useQuery(planOf(sweep.id))
  // The plan that was read, whatever the page is told meanwhile.
  const [planDigest] = useState(sweep.planDigest ?? '')
  const run = (typed: string) => {
    const expectedResets = Number(typed.replaceAll(/[\s.,’']/g, ''))
    return ask(approveSweep, { params: { id: sweep.id }, body: { planDigest, expectedResets } })
  }
  return (
    <ActDialog
      title="Approve exactly this plan"
      act={`Approve ${count(sweep.resets)} ${plural(sweep.resets ?? 0, 'reset', 'resets')}`}
      size="xl"
      typed={{
        label: 'How many passwords will be reset?',
        description: `Type ${count(sweep.resets)}. The server refuses any other number than that of the plan.`,
        kind: 'number',
      }}
      {...useAct({ sweep, run, onClose })}
    >
      <Repeated sweep={sweep} />
      {plan && plan.money.length > 0 && (
        <Text>
          The accounts of the plan hold{' '}
          {plan.money
            .map(({ currency, total, accounts }) =>
              total === null
                ? `something in ${currency} (${count(accounts)} accounts)`
                : `${amount(total)} ${currency}`,
            )
            .join(', ')}
          .
        </Text>
      )}
      {plan && <Rows plan={endsOf(plan)} />}
      <Digest digest={planDigest} />
    </ActDialog>
  )
}

/** The outermost rows only: the page behind this shows more of them. */
const endsOf = ({ first, last, reasons }: Plan) => ({
  first: first.slice(0, 2),
  last: last.slice(-2),
  reasons,
})

const Repeated = ({ sweep: { counts, forecast } }: { sweep: Sweep }) => (
  <List>
    {OUTCOME_ORDER.filter((code) => (counts?.byOutcome[code] ?? 0) > 0).map((code) => (
      <List.Item key={code}>
        <b>{count(counts?.byOutcome[code])}</b> {outcomeName(code)}: {outcomeSays(code)}
      </List.Item>
    ))}
    {forecast && (
      <List.Item>
        <b>{count(forecast.mails)}</b> {plural(forecast.mails, 'mail', 'mails')}, likely through in{' '}
        {durationWords(forecast.p50Seconds)}, at the latest in {durationWords(forecast.p95Seconds)}
      </List.Item>
    )}
  </List>
)
