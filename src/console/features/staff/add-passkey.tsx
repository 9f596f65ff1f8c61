import { Text, TextInput } from '@mantine/core'
import { startRegistration } from '@simplewebauthn/browser'
import { useState } from 'react'
import { addPasskey, offerPasskey } from '../../../contract/passkeys.js'
import { ActDialog } from '../../components/act-dialog.js'
import { PasskeyProblem } from '../../components/passkey.js'
import { deviceWords } from './device.js'
import { useDoing } from './queries.js'

type Options = Parameters<typeof startRegistration>[0]['optionsJSON']

/** The browser makes the passkey; the server keeps its public half under a name. */
export function AddPasskey({ onClose }: { onClose(): void }) {
  const [name, setName] = useState(() => deviceWords(navigator.userAgent).replace(/ \d+/, ''))
  const adding = useDoing({
    run: async (ask, called: string) => {
      const optionsJSON = (await ask(offerPasskey)) as Options
      const credential = await startRegistration({ optionsJSON })
      return ask(addPasskey, { body: { name: called, credential } })
    },
    says: (called) => `The passkey ${called} is added.`,
    onDone: onClose,
  })
  return (
    <ActDialog
      title="Add a passkey"
      act="Add the passkey"
      size="md"
      isBusy={adding.isPending}
      onAct={() => adding.mutate(name)}
      onClose={onClose}
    >
      <Text>Your browser asks where to keep it: this device, a phone, or a security key.</Text>
      <TextInput
        label="Name"
        description="So that you know it again in the list"
        required
        maxLength={100}
        data-autofocus
        value={name}
        onChange={(event) => setName(event.currentTarget.value)}
      />
      <PasskeyProblem error={adding.error} />
    </ActDialog>
  )
}
