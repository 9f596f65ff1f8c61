import { Alert, Button, Group, Stack, Text } from '@mantine/core'
import { useState } from 'react'
import { KeyNames, useKey } from '../../components/keys.js'
import { Problem } from '../../components/problem.js'
import { Chooser } from './chooser.js'
import { begin } from './follow-on.js'
import { decisionOf, type File, nameOf, reasonLabel } from './words.js'
import { useAnswer } from './work.js'

type Props = { file: File; isHeld: boolean }

/** What another reviewer proposed, and the two answers to it. */
export function Proposal({ file, isHeld }: Props) {
  const answering = useAnswer(file)
  const [isAgreeing, setAgreeing] = useState<boolean | null>(null)
  const open = (agrees: boolean) => {
    begin(file.id)
    setAgreeing(agrees)
  }
  const mayAnswer = file.may.includes('confirm') && !isHeld
  useKey({ keys: 'y', says: 'Agree with the proposal', run: () => open(true), isOff: !mayAnswer })
  useKey({
    keys: 'o',
    says: 'Disagree with the proposal',
    run: () => open(false),
    isOff: !mayAnswer,
  })
  const { proposal } = file
  if (!proposal) return null
  const { label, says } = decisionOf(proposal.decision)
  return (
    <Alert color="blue" variant="outline" title={`Proposed: ${label.toLowerCase()}`}>
      <Stack gap="xs">
        <Text size="sm">{`By ${nameOf(proposal.by)}: ${reasonLabel(proposal.reason)}.`}</Text>
        {proposal.note && (
          <Text size="sm" style={{ whiteSpace: 'pre-wrap' }}>{`“${proposal.note}”`}</Text>
        )}
        <Text size="sm" c="dimmed">
          {says}
        </Text>
        <Problem error={answering.error} />
        {mayAnswer && (
          <Group gap="xs">
            <Button size="sm" rightSection={<KeyNames keys="y" />} onClick={() => open(true)}>
              {`Agree: ${label.toLowerCase()}`}
            </Button>
            <Button
              size="sm"
              variant="default"
              rightSection={<KeyNames keys="o" />}
              onClick={() => open(false)}
            >
              Disagree
            </Button>
          </Group>
        )}
      </Stack>
      {isAgreeing !== null && (
        <Chooser
          title={isAgreeing ? `Agree to ${label.toLowerCase()} ${file.account}` : 'Disagree'}
          says={isAgreeing ? says : 'The case is open again for everybody, with your note.'}
          choices={[{ value: 'yes', label: isAgreeing ? 'I agree' : 'I do not agree' }]}
          noteLabel="Note, kept as a comment"
          onClose={() => setAgreeing(null)}
          onChosen={(_yes, note) =>
            answering.mutate({ agrees: isAgreeing, ...(note ? { note } : {}) })
          }
        />
      )}
    </Alert>
  )
}
