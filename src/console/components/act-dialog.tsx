import { Button, Group, Stack, Textarea, TextInput } from '@mantine/core'
import { type ReactNode, type SubmitEvent, useState } from 'react'
import { Dialog } from './dialog.js'
import { Problem } from './problem.js'

/** What has to be typed before the act can be done: a reason, or a number that proves it was read. */
type Typed = {
  label: string
  description?: string
  initial?: string
  /** `text` takes several lines, so that Enter does not do it. */
  kind?: 'line' | 'text' | 'number'
}

type Props = {
  title: string
  /** On the button: what is done, and to how many. */
  act: string
  isGrave?: boolean
  isBusy: boolean
  /** Not yet; what is missing is seen in the dialog. */
  isOff?: boolean
  /** Why it was not done. */
  error?: unknown
  typed?: Typed
  size?: string
  onAct(typed: string): void
  onClose(): void
  /** What will happen. */
  children: ReactNode
}

/**
 * Asks once more before something is done. Enter does it, Escape does not; where the second factor is
 * asked for meanwhile, this waits behind that, and Escape there leaves this open.
 */
export function ActDialog({ title, size = 'lg', onAct, onClose, children, ...rest }: Props) {
  const { act, isGrave = false, isBusy, isOff = false, error, typed } = rest
  const [text, setText] = useState(typed?.initial ?? '')
  const submit = (event: SubmitEvent) => {
    event.preventDefault()
    if (!isBusy) onAct(text)
  }
  return (
    <Dialog onClose={onClose} title={title} size={size}>
      <form onSubmit={submit}>
        <Stack>
          {children}
          {typed && <Field typed={typed} value={text} onChange={setText} />}
          <Problem error={error} />
          <Group justify="flex-end">
            <Button variant="default" onClick={onClose} data-autofocus={isGrave || undefined}>
              Cancel
            </Button>
            <Button
              type="submit"
              loading={isBusy}
              disabled={isOff}
              {...(isGrave ? { color: 'red.9' } : {})}
              data-autofocus={!isGrave || undefined}
            >
              {act}
            </Button>
          </Group>
        </Stack>
      </form>
    </Dialog>
  )
}

const NUMBER = {
  inputMode: 'numeric',
  pattern: "[\\d\\s.,’']+",
  title: 'A whole number',
} as const

type FieldProps = { typed: Typed; value: string; onChange(value: string): void }

function Field({ typed: { label, description, kind = 'line' }, value, onChange }: FieldProps) {
  const common = {
    label,
    description,
    required: true,
    maxLength: 500,
    value,
    'data-autofocus': true,
    onChange: ({ currentTarget }: { currentTarget: { value: string } }) =>
      onChange(currentTarget.value),
  }
  if (kind === 'text') return <Textarea autosize minRows={2} {...common} />
  return <TextInput {...common} {...(kind === 'number' ? NUMBER : {})} />
}
