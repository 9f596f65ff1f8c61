import { Button, Stack, Text } from '@mantine/core'
import { useState } from 'react'
import { useAnnounce } from '../../components/announcer.js'
import { KeyNames, useKey } from '../../components/keys.js'
import { Problem } from '../../components/problem.js'
import { Chooser } from './chooser.js'
import { begin } from './follow-on.js'
import {
  type Case,
  DECISIONS,
  type Decision,
  decisionOf,
  type File,
  nameOf,
  REASONS,
  STATUS_SAYS,
} from './words.js'
import { useDecide } from './work.js'

type Props = { file: File; isHeld: boolean; onHeld: () => void }

/** One key for each decision, then one for its reason. What cannot be done says why. */
export function Decide({ file, isHeld, onHeld }: Props) {
  const deciding = useDecide(file)
  const [chosen, setChosen] = useState<Decision | null>(null)
  const whyNot = isHeld
    ? 'Your decision is not sent yet: take it back with u to change it.'
    : file.may.includes('decide')
      ? null
      : whyNotOf(file)
  const open = (decision: Decision) => {
    begin(file.id)
    setChosen(decision)
  }
  return (
    <Stack gap="xs">
      {whyNot && <Text size="sm">{whyNot}</Text>}
      <Problem error={deciding.error} />
      {DECISIONS.map((each) => (
        <Choice
          key={each.decision}
          {...each}
          file={file}
          whyNot={whyNot}
          onChosen={() => open(each.decision)}
        />
      ))}
      {chosen && (
        <Chooser
          title={`${decisionOf(chosen).act} ${file.account}: why?`}
          says={decisionOf(chosen).says}
          choices={REASONS.map(({ reason, label }) => ({ value: reason, label }))}
          noteLabel="Note, if there is more to say"
          onClose={() => setChosen(null)}
          onChosen={(reason, note) => {
            const decided = { decision: chosen, reason, ...(note ? { note } : {}) }
            deciding.mutate(decided, { onSuccess: onHeld })
          }}
        />
      )}
    </Stack>
  )
}

type ChoiceProps = (typeof DECISIONS)[number] & {
  file: File
  whyNot: string | null
  onChosen: () => void
}

function Choice({ decision, keys, label, says, file, whyNot, onChosen }: ChoiceProps) {
  const announce = useAnnounce()
  const run = () => (whyNot ? announce(`${label}: not now. ${whyNot}`) : onChosen())
  useKey({ keys, says: label, run })
  const isForTwo =
    decision === 'release' && (file.value === 'above_limit' || file.value === 'unknown')
  return (
    <Stack gap={2}>
      <Button
        variant="default"
        justify="space-between"
        rightSection={<KeyNames keys={keys} />}
        disabled={whyNot !== null}
        onClick={onChosen}
      >
        {label}
      </Button>
      <Text size="xs" c="dimmed">
        {isForTwo ? `${says} Another reviewer has to agree.` : says}
      </Text>
    </Stack>
  )
}

function whyNotOf(file: File): string {
  if (file.may.length === 0) return 'You may read cases; reviewers decide them.'
  if (file.may.includes('claim')) return 'Claim the case to decide it: press c.'
  return REASON_NOT[file.status](file)
}

const REASON_NOT: Record<Case['status'], (of: File) => string> = {
  open: () => 'Claim the case to decide it: press c.',
  snoozed: () => 'It is put aside for a while. It can be claimed when that is over.',
  claimed: ({ heldBy }) => `${heldBy ? nameOf(heldBy) : 'Another reviewer'} claimed the case.`,
  awaiting_second: ({ may }) =>
    may.includes('confirm')
      ? 'Another reviewer proposed something: agree or disagree.'
      : 'You proposed this. A second reviewer, somebody else, has to answer.',
  decided: ({ decided }) =>
    decided ? `It is decided, by ${nameOf(decided.by)}.` : STATUS_SAYS.decided,
}
