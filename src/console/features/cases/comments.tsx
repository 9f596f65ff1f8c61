import { Button, Group, Stack, Text, Textarea } from '@mantine/core'
import { useMutation } from '@tanstack/react-query'
import { type SubmitEvent, useRef, useState } from 'react'
import { commentCase } from '../../../contract/cases.js'
import { ask, queries } from '../../api.js'
import { useAnnounce } from '../../components/announcer.js'
import { KeyNames, useKey } from '../../components/keys.js'
import { Problem } from '../../components/problem.js'
import { Section } from '../../components/section.js'
import { When } from '../../components/time.js'
import { begin } from './follow-on.js'
import { file as fileQuery } from './queries.js'
import { type File, nameOf } from './words.js'

/** What reviewers say about the case. Nobody can change it afterwards. */
export function Comments({ file }: { file: File }) {
  return (
    <Section gap="xs" title="Comments">
      {file.comments.length === 0 && <Text size="sm">Nobody said anything yet.</Text>}
      <Stack gap="xs">
        {file.comments.map(({ by, says, at }) => (
          <div key={`${at} ${by.actor}`}>
            <Text size="sm" style={{ whiteSpace: 'pre-wrap', overflowWrap: 'anywhere' }}>
              {says}
            </Text>
            <Text size="xs" c="dimmed">
              {`${nameOf(by)}, `}
              <When at={at} />
            </Text>
          </div>
        ))}
      </Stack>
      {file.may.includes('comment') && <Write id={file.id} />}
    </Section>
  )
}

function Write({ id }: { id: string }) {
  const announce = useAnnounce()
  const field = useRef<HTMLTextAreaElement>(null)
  const [says, setSays] = useState('')
  const [key, setKey] = useState(() => crypto.randomUUID())
  const saying = useMutation({
    mutationFn: () =>
      ask(commentCase, { params: { id }, body: { says: says.trim() }, idempotencyKey: key }),
    onSuccess: (comment) => {
      queries.setQueryData<File>(
        fileQuery(id).queryKey,
        (before) => before && { ...before, comments: [...before.comments, comment] },
      )
      setSays('')
      setKey(crypto.randomUUID())
      field.current?.blur()
      announce('Your comment is kept.')
    },
  })
  useKey({ keys: 'm', says: 'Write a comment', run: () => field.current?.focus() })
  const submit = (event?: SubmitEvent) => {
    event?.preventDefault()
    if (says.trim() && !saying.isPending) saying.mutate()
  }
  return (
    <form onSubmit={submit}>
      <Stack gap="xs">
        <Problem error={saying.error} />
        <Textarea
          ref={field}
          label="Comment"
          description="Ctrl and Enter keep it. It cannot be changed afterwards."
          autosize
          minRows={2}
          maxRows={8}
          maxLength={4_000}
          value={says}
          onChange={(event) => {
            begin(id)
            setSays(event.currentTarget.value)
          }}
          onKeyDown={(event) => {
            if (event.key === 'Escape') field.current?.blur()
            if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) submit()
          }}
        />
        <Group>
          <Button
            type="submit"
            size="xs"
            variant="default"
            loading={saying.isPending}
            rightSection={<KeyNames keys="m" />}
          >
            Comment
          </Button>
        </Group>
      </Stack>
    </form>
  )
}
