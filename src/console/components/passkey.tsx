import { Alert } from '@mantine/core'
import {
  browserSupportsWebAuthn,
  startAuthentication,
  WebAuthnError,
} from '@simplewebauthn/browser'
import { IconAlertTriangle } from '@tabler/icons-react'
import { Problem } from './problem.js'

export const canUsePasskeys = browserSupportsWebAuthn()

type Options = Parameters<typeof startAuthentication>[0]['optionsJSON']
type Offer = Omit<Options, 'allowCredentials'> & { allowCredentials: readonly object[] }

/** Asks the browser to show a passkey for what the server offered. */
export const showPasskey = (offer: Offer) => startAuthentication({ optionsJSON: offer as Options })

/** Why the browser gave no passkey, in words; what the server refused, in the server's. */
export function PasskeyProblem({ error }: { error: unknown }) {
  const says = browserWords(error)
  if (says === null) return <Problem error={error} />
  return (
    <Alert
      role="alert"
      color="red"
      variant="light"
      icon={<IconAlertTriangle aria-hidden />}
      title="The browser gave no passkey"
    >
      {says}
    </Alert>
  )
}

/** Null for what does not come from the browser's dialog. */
function browserWords(error: unknown): string | null {
  const isOfDialog = error instanceof WebAuthnError || error instanceof DOMException
  if (!isOfDialog && !(error instanceof Error && error.name === 'NotAllowedError')) return null
  if (error instanceof WebAuthnError) {
    if (error.code === 'ERROR_AUTHENTICATOR_PREVIOUSLY_REGISTERED')
      return 'This device holds a passkey of yours already. Nothing was changed.'
    if (error.code === 'ERROR_INVALID_DOMAIN' || error.code === 'ERROR_INVALID_RP_ID')
      return 'Passkeys work only at the address that Cordon was set up with. Open the console there.'
  }
  return 'It was cancelled, took too long, or no passkey of Cordon is on this device. Try again.'
}
