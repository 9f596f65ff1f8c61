import { Button, Text, Textarea } from '@mantine/core'
import { useMutation } from '@tanstack/react-query'
import { useState } from 'react'
import { escalateCase } from '../../../contract/cases.js'
import { ask } from '../../api.js'
import { ActDialog } from '../../components/act-dialog.js'
import { useAnnounce } from '../../components/announcer.js'
import { KeyNames, useKey } from '../../components/keys.js'
import { begin } from './follow-on.js'
import { changed, noticeLost } from './queries.js'
import type { File } from './words.js'

type Props = { file: File; isOff: boolean; onGone: () => void }

/** Asks for other eyes: the case goes before all of its urgency, with why. */
export function Escalate({ file: { id, fence, account }, isOff, onGone }: Props) {
  const announce = useAnnounce()
  const [isAsking, setAsking] = useState(false)
  const escalating = useMutation({
    mutationFn: (says: string) => ask(escalateCase, { params: { id }, body: { fence, says } }),
    onSuccess: async () => {
      announce(`${account} is escalated. Another reviewer is asked before others.`)
      setAsking(false)
      onGone()
      await changed(id)
    },
    onError: noticeLost(id),
  })
  const open = () => {
    begin(id)
    escalating.reset()
    setAsking(true)
  }
  useKey({ keys: 'e', says: 'Escalate the case to another reviewer', run: open, isOff })
  return (
    <>
      <Button
        size="xs"
        variant="default"
        disabled={isOff}
        rightSection={<KeyNames keys="e" />}
        onClick={open}
      >
        Escalate
      </Button>
      {isAsking && (
        <Why
          account={account}
          isSending={escalating.isPending}
          error={escalating.error}
          onClose={() => setAsking(false)}
          onSaid={(says) => escalating.mutate(says)}
        />
      )}
    </>
  )
}

type WhyProps = {
  account: string
  isSending: boolean
  error: unknown
  onClose: () => void
  onSaid: (says: string) => void
}

function Why({ account, isSending, error, onClose, onSaid }: WhyProps) {
  const [says, setSays] = useState('')
  const [isMissing, setMissing] = useState(false)
  const send = () => {
    const said = says.trim()
    setMissing(said === '')
    if (said !== '' && !isSending) onSaid(said)
  }
  return (
    <ActDialog
      title={`Escalate ${account}`}
      act="Escalate"
      isBusy={isSending}
      error={error}
      onAct={send}
      onClose={onClose}
    >
      <Text size="sm">
        Another reviewer gets it before everything of its priority that is not escalated. It is not
        offered to you again, but you can still claim it from the list.
      </Text>
      <Textarea
        label="Why does it want other eyes?"
        description="Kept as a comment. Ctrl and Enter escalate."
        withAsterisk
        error={isMissing && 'Say why, for whoever takes the case.'}
        data-autofocus
        autosize
        minRows={3}
        maxRows={8}
        maxLength={4_000}
        value={says}
        onChange={(event) => {
          setSays(event.currentTarget.value)
          setMissing(false)
        }}
        onKeyDown={(event) => {
          if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) send()
        }}
      />
    </ActDialog>
  )
}
