import { Alert, Button, CopyButton, Group, Stack, TextInput } from '@mantine/core'
import { IconAlertTriangle } from '@tabler/icons-react'
import type { ReactNode } from 'react'
import { Dialog } from '../../components/dialog.js'

type Props = {
  title: string
  label: string
  secret: string
  onClose(): void
  /** What to do with it. */
  children: ReactNode
}

/** A secret that nobody sees again: it goes only when somebody says that they have it. */
export const ShownOnce = ({ title, label, secret, onClose, children }: Props) => (
  <Dialog
    onClose={() => undefined} // Escape asks for it too
    title={title}
    size="lg"
    withCloseButton={false}
    closeOnClickOutside={false}
  >
    <Stack>
      <Alert color="yellow" variant="outline" icon={<IconAlertTriangle aria-hidden />}>
        It is shown only now. Cordon keeps no copy that anybody could read.
      </Alert>
      <TextInput
        label={label}
        value={secret}
        readOnly
        data-autofocus
        onFocus={(event) => event.currentTarget.select()}
        styles={{ input: { fontFamily: 'ui-monospace, Menlo, Consolas, monospace' } }}
      />
      {children}
      <Group justify="flex-end">
        <CopyButton value={secret}>
          {({ copied, copy }) => (
            <Button variant="default" onClick={copy} aria-live="polite">
              {copied ? 'Copied' : 'Copy'}
            </Button>
          )}
        </CopyButton>
        <Button onClick={onClose}>I have it</Button>
      </Group>
    </Stack>
  </Dialog>
)
