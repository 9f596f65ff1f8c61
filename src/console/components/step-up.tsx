import { Button, Group, ModalStack, Stack, Text, TextInput } from '@mantine/core'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import {
  createContext,
  type ReactNode,
  type SubmitEvent,
  useCallback,
  useContext,
  useState,
} from 'react'
import type { Request } from '../../client/client.js'
import type { Endpoint } from '../../contract/endpoint.js'
import { offerPasskeyStepUp, stepUpByPasskey } from '../../contract/passkeys.js'
import { stepUpSession } from '../../contract/session.js'
import { Refusal } from '../../platform/errors.js'
import { ask, type BodyOf, isRefusal, session } from '../api.js'
import { Dialog } from './dialog.js'
import { canUsePasskeys, PasskeyProblem, showPasskey } from './passkey.js'

type Ask = <E extends Endpoint>(call: E, request?: Request<E>) => Promise<BodyOf<E>>

const Asking = createContext<Ask>(ask)

/** `ask`, which asks its user for the second factor when a call wants it fresh, and goes on. */
export const useAsk = (): Ask => useContext(Asking)

const Freshening = createContext<() => Promise<void>>(async () => undefined)

/**
 * Asks for the second factor now if a call a minute from now would want it: for what is put together
 * first and sent later. Rejects when its user gives up.
 */
export const useFreshen = (): (() => Promise<void>) => useContext(Freshening)

const SOON_MS = 60_000

type Waiting = { goOn(): void; giveUp(): void }

/** Shows the second factor again where a grave act wants it. Giving up gives the refusal back. */
export function StepUp({ children }: { children: ReactNode }) {
  const [waiting, setWaiting] = useState<readonly Waiting[]>([])
  const known = useQueryClient()
  const showFactor = useCallback(
    (error: unknown) =>
      new Promise<void>((goOn, reject) => {
        const giveUp = () => reject(error)
        setWaiting((others) => [...others, { goOn, giveUp }])
      }),
    [],
  )
  const freshen = useCallback(async () => {
    const me = await known.ensureQueryData(session)
    if (!me || new Date(me.freshUntil).getTime() > Date.now() + SOON_MS) return
    await showFactor(
      new Refusal('step_up_required', 'It was not sent: the second factor is missing.'),
    )
  }, [known, showFactor])
  const askFresh = useCallback<Ask>(
    async (call, request = {}) => {
      try {
        return await ask(call, request)
      } catch (error) {
        if (!isRefusal(error, 'step_up_required')) throw error
        await showFactor(error)
        return ask(call, request)
      }
    },
    [showFactor],
  )
  const close = (end: (waiting: Waiting) => void) => {
    waiting.forEach(end)
    setWaiting([])
  }
  return (
    <Asking value={askFresh}>
      <ModalStack>
        <Freshening value={freshen}>{children}</Freshening>
        {waiting.length > 0 && (
          <Dialog
            onClose={() => close(({ giveUp }) => giveUp())}
            title="Show your second factor again"
          >
            <Code onShown={() => close(({ goOn }) => goOn())} />
          </Dialog>
        )}
      </ModalStack>
    </Asking>
  )
}

const byPasskey = async () =>
  ask(stepUpByPasskey, { body: { credential: await showPasskey(await ask(offerPasskeyStepUp)) } })

function Code({ onShown }: { onShown: () => void }) {
  const [code, setCode] = useState('')
  const known = useQueryClient()
  const showing = useMutation({
    mutationFn: (by: 'code' | 'passkey') =>
      by === 'code' ? ask(stepUpSession, { body: { totp: code.trim() } }) : byPasskey(),
    onSuccess: (fresh) => {
      known.setQueryData(session.queryKey, fresh)
      onShown()
    },
    onError: () => setCode(''),
  })
  const submit = (event: SubmitEvent) => {
    event.preventDefault()
    // A code works once: sent twice, the second answer would refuse what the first one took.
    if (!showing.isPending) showing.mutate('code')
  }
  return (
    <form onSubmit={submit}>
      <Stack>
        <Text>
          What you are about to do is grave. It wants that you showed your second factor in the last
          five minutes.
        </Text>
        <PasskeyProblem error={showing.error} />
        <TextInput
          label="Code of your authenticator, or a recovery code"
          autoComplete="one-time-code"
          data-autofocus
          required
          value={code}
          onChange={(event) => setCode(event.currentTarget.value)}
        />
        <Group justify="flex-end">
          {canUsePasskeys && (
            <Button
              variant="default"
              disabled={showing.isPending}
              onClick={() => showing.mutate('passkey')}
            >
              Use a passkey
            </Button>
          )}
          <Button type="submit" loading={showing.isPending}>
            Go on
          </Button>
        </Group>
      </Stack>
    </form>
  )
}
