import { Text, Textarea, TextInput } from '@mantine/core'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { useLocation } from 'wouter'
import { openIncident } from '../../../contract/incidents.js'
import { ask } from '../../api.js'
import { ActDialog } from '../../components/act-dialog.js'
import { useOnce } from '../../components/use-once.js'
import { fieldError } from './errors.js'
import { toLocalInput, withOffset, zoneName } from './local-time.js'
import { incidents } from './queries.js'

/** The first thing to do when addresses were exposed: say when it happened and when it was noticed. */
export function OpenIncident({ onClose }: { onClose: () => void }) {
  const [given, setGiven] = useState(() => ({
    title: '',
    occurredAt: '',
    detectedAt: toLocalInput(new Date()),
    summary: '',
  }))
  const opening = useOpening(given)
  const field = (name: keyof typeof given) => ({
    value: given[name],
    error: fieldError(opening.error, name),
    onChange: ({ currentTarget }: { currentTarget: { value: string } }) => {
      const { value } = currentTarget
      setGiven((before) => ({ ...before, [name]: value }))
    },
  })
  return (
    <ActDialog
      title="Open an incident"
      act="Open the incident"
      isBusy={opening.isPending}
      error={opening.error}
      onAct={() => opening.mutate()}
      onClose={onClose}
    >
      <Text size="sm">
        The 72 hours to tell the regulator begin when it was noticed. Both times are of your clock (
        {zoneName()}) and are stored with its offset.
      </Text>
      <TextInput
        label="Title"
        description="What people will call it, such as “Index mail of 1 November”"
        required
        maxLength={200}
        data-autofocus
        {...field('title')}
      />
      <TextInput
        type="datetime-local"
        label="When it happened"
        description="As far as you know now"
        required
        {...field('occurredAt')}
      />
      <TextInput
        type="datetime-local"
        label="When it was noticed"
        required
        {...field('detectedAt')}
      />
      <Textarea
        label="Summary, for whoever comes later (may stay empty)"
        maxLength={4_000}
        autosize
        minRows={2}
        {...field('summary')}
      />
    </ActDialog>
  )
}

type Given = { title: string; occurredAt: string; detectedAt: string; summary: string }

function useOpening({ title, occurredAt, detectedAt, summary }: Given) {
  const known = useQueryClient()
  const [, go] = useLocation()
  const keyFor = useOnce()
  return useMutation({
    mutationFn: () => {
      const body = {
        title,
        occurredAt: withOffset(occurredAt),
        detectedAt: withOffset(detectedAt),
        ...(summary.trim() === '' ? {} : { summary }),
      }
      return ask(openIncident, { body, idempotencyKey: keyFor(body) })
    },
    onSuccess: async ({ id }) => {
      await known.invalidateQueries({ queryKey: incidents.queryKey })
      go(`/incidents/${id}`)
    },
  })
}
