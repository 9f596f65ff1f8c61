import { Alert, Button, Stack, Text, Textarea, TextInput } from '@mantine/core'
import { useDisclosure } from '@mantine/hooks'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { changeIncident } from '../../../contract/incidents.js'
import { ask, isRefusal } from '../../api.js'
import { ActDialog } from '../../components/act-dialog.js'
import { useAnnounce } from '../../components/announcer.js'
import { useKey } from '../../components/keys.js'
import { fieldError } from './errors.js'
import { incidents, type Overview } from './queries.js'

type Read = { incident: Overview; etag: string | null }

/** Correcting, closing and opening again, each against the version that was read. */
export const ChangeIncident = (read: Read) => (
  <>
    <Correct {...read} />
    <Close {...read} />
  </>
)

type Change = { title?: string; summary?: string | null; status?: 'open' | 'closed' }

function useChange(id: string, done: string, onDone: () => void) {
  const known = useQueryClient()
  const announce = useAnnounce()
  return useMutation({
    mutationFn: ({ change, etag }: { change: Change; etag: string | null }) =>
      ask(changeIncident, { params: { id }, body: change, ...(etag ? { ifMatch: etag } : {}) }),
    onSuccess: () => {
      announce(done)
      onDone()
    },
    onSettled: async () => {
      await known.invalidateQueries({ queryKey: ['incident', id] })
      await known.invalidateQueries({ queryKey: incidents.queryKey })
    },
  })
}

function Correct(read: Read) {
  const [isOpen, { open, close }] = useDisclosure(false)
  useKey({ keys: 'e', says: 'Correct the incident', run: open })
  return (
    <>
      <Button variant="default" onClick={open}>
        Correct the incident
      </Button>
      {isOpen && <CorrectForm {...read} onClose={close} />}
    </>
  )
}

function CorrectForm({ incident, etag, onClose }: Read & { onClose: () => void }) {
  const [title, setTitle] = useState(incident.title)
  const [summary, setSummary] = useState(incident.summary ?? '')
  // The version that the fields began from, until somebody is told that there is a newer one.
  const [version, setVersion] = useState(etag)
  const saving = useChange(incident.id, 'The incident was corrected.', onClose)
  const isConflict = isRefusal(saving.error, 'precondition_failed')
  const save = () => {
    const change = { title, summary: summary.trim() === '' ? null : summary }
    const against = isConflict ? etag : version
    setVersion(against)
    saving.mutate({ change, etag: against })
  }
  return (
    <ActDialog
      title="Correct the incident"
      act={isConflict ? 'Replace what they wrote' : 'Save'}
      isBusy={saving.isPending}
      error={isConflict ? null : saving.error}
      onAct={save}
      onClose={onClose}
    >
      {isConflict && <Conflict incident={incident} />}
      <TextInput
        label="Title"
        required
        maxLength={200}
        data-autofocus
        value={title}
        onChange={({ currentTarget }) => setTitle(currentTarget.value)}
        error={fieldError(saving.error, 'title')}
      />
      <Textarea
        label="Summary (may stay empty)"
        maxLength={4_000}
        autosize
        minRows={3}
        value={summary}
        onChange={({ currentTarget }) => setSummary(currentTarget.value)}
        error={fieldError(saving.error, 'summary')}
      />
    </ActDialog>
  )
}

const Conflict = ({ incident: { title, summary, status } }: { incident: Overview }) => (
  <Alert role="alert" color="orange" variant="outline" title="Somebody changed it meanwhile">
    <Stack gap={4}>
      <Text size="sm">Nothing of yours was saved. The incident is now:</Text>
      <Text size="sm">
        “{title}”, {status}
        {summary ? `: ${summary}` : ', without a summary'}
      </Text>
      <Text size="sm">Your text is still below. Cancel to keep theirs.</Text>
    </Stack>
  </Alert>
)

function Close({ incident, etag }: Read) {
  const [isOpen, { open, close }] = useDisclosure(false)
  const isClosed = incident.status === 'closed'
  const to = isClosed ? 'open' : 'closed'
  const title = isClosed ? 'Open the incident again' : 'Close the incident'
  const changing = useChange(
    incident.id,
    isClosed ? 'The incident is open again.' : 'The incident is closed.',
    close,
  )
  const begin = () => {
    changing.reset()
    open()
  }
  return (
    <>
      <Button variant="default" onClick={begin}>
        {title}
      </Button>
      {isOpen && (
        <ActDialog
          title={title}
          act={title}
          size="md"
          isBusy={changing.isPending}
          error={changing.error}
          onAct={() => changing.mutate({ change: { status: to }, etag })}
          onClose={close}
        >
          <Text size="sm">
            {isClosed
              ? 'New sweeps can be planned again.'
              : 'No new sweep can be planned while it is closed. Sweeps that run go on, holds and cases stay, and it can be opened again.'}
          </Text>
        </ActDialog>
      )}
    </>
  )
}
