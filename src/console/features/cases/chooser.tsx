import { Button, Group, Kbd, Stack, Text, Textarea } from '@mantine/core'
import { type RefObject, useRef, useState } from 'react'
import { Dialog } from '../../components/dialog.js'
import { useKey } from '../../components/keys.js'

type Props<C> = {
  title: string
  says?: string
  choices: readonly { value: C; label: string }[]
  /** Without: there is no note to write. */
  noteLabel?: string | undefined
  onChosen: (value: C, note: string) => void
  onClose: () => void
}

/** Asks for one of a few things by its number, and for a note where there may be one. */
export function Chooser<C extends string | number>(props: Props<C>) {
  const { title, says, choices, noteLabel, onChosen, onClose } = props
  const [note, setNote] = useState('')
  const first = useRef<HTMLButtonElement>(null)
  const choose = (value: C) => {
    onClose()
    onChosen(value, note.trim())
  }
  return (
    <Dialog onClose={onClose} title={title}>
      <Stack gap="sm">
        {says && <Text size="sm">{says}</Text>}
        <Stack gap={6}>
          {choices.map(({ value, label }, index) => (
            <Choice
              key={value}
              keys={String(index + 1)}
              label={label}
              focused={index === 0 ? first : undefined}
              onChosen={() => choose(value)}
            />
          ))}
        </Stack>
        {noteLabel !== undefined && (
          <Note
            label={noteLabel}
            value={note}
            onChange={setNote}
            onEnd={() => first.current?.focus()}
          />
        )}
      </Stack>
    </Dialog>
  )
}

type NoteProps = { label: string; value: string; onChange(note: string): void; onEnd(): void }

function Note({ label, value, onChange, onEnd }: NoteProps) {
  const field = useRef<HTMLTextAreaElement>(null)
  useKey({ keys: 'm', says: 'Write a note first', run: () => field.current?.focus() })
  return (
    <Textarea
      ref={field}
      label={label}
      description="m leads here, Enter back to the numbers, Shift and Enter to a new line."
      autosize
      minRows={2}
      maxRows={6}
      maxLength={4_000}
      value={value}
      onChange={(event) => onChange(event.currentTarget.value)}
      onKeyDown={(event) => {
        if (event.key !== 'Enter' || event.shiftKey) return
        event.preventDefault()
        onEnd()
      }}
    />
  )
}

type ChoiceProps = {
  keys: string
  label: string
  focused: RefObject<HTMLButtonElement | null> | undefined
  onChosen: () => void
}

function Choice({ keys, label, focused, onChosen }: ChoiceProps) {
  useKey({ keys, says: label, run: onChosen })
  return (
    <Button
      variant="default"
      justify="flex-start"
      ref={focused}
      data-autofocus={focused !== undefined || undefined}
      leftSection={
        <Group gap={0} aria-hidden>
          <Kbd>{keys}</Kbd>
        </Group>
      }
      onClick={onChosen}
    >
      {label}
    </Button>
  )
}
