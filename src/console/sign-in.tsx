import {
  Button,
  Center,
  Divider,
  Paper,
  PasswordInput,
  Stack,
  Text,
  TextInput,
  Title,
} from '@mantine/core'
import { IconFingerprint } from '@tabler/icons-react'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { type ChangeEvent, type SubmitEvent, useEffect, useState } from 'react'
import { offerPasskeySignIn, openSessionByPasskey } from '../contract/passkeys.js'
import { openSession } from '../contract/session.js'
import { ask, session } from './api.js'
import { canUsePasskeys, PasskeyProblem, showPasskey } from './components/passkey.js'
import { Problem } from './components/problem.js'

/** The way in. The address of the page stays: whoever signs in is where they wanted to be. */
export function SignIn() {
  const known = useQueryClient()
  const [given, setGiven] = useState({ email: '', password: '', totp: '' })
  useEffect(() => {
    document.title = 'Sign in · Cordon'
  }, [])
  const entering = useMutation({
    mutationFn: () => ask(openSession, { body: { ...given, totp: given.totp.trim() } }),
    onSuccess: (entered) => known.setQueryData(session.queryKey, entered),
    onError: () => setGiven((before) => ({ ...before, totp: '' })),
  })
  const submit = (event: SubmitEvent) => {
    event.preventDefault()
    if (!entering.isPending) entering.mutate()
  }
  const field = (name: keyof typeof given) => ({
    required: true,
    value: given[name],
    onChange: (event: ChangeEvent<HTMLInputElement>) => {
      const { value } = event.currentTarget
      setGiven((before) => ({ ...before, [name]: value }))
    },
  })
  return (
    <Center component="main" mih="100vh" p="md">
      <Paper component="form" withBorder p="xl" w="24rem" onSubmit={submit}>
        <Stack>
          <Title order={1} size="h2">
            Sign in to Cordon
          </Title>
          <Problem error={entering.error} />
          <TextInput
            label="E-mail"
            type="email"
            autoComplete="username"
            autoFocus
            {...field('email')}
          />
          <PasswordInput label="Password" autoComplete="current-password" {...field('password')} />
          <TextInput
            label="Code"
            description="Of your authenticator, or a recovery code"
            autoComplete="one-time-code"
            {...field('totp')}
          />
          <Button type="submit" loading={entering.isPending}>
            Sign in
          </Button>
          {canUsePasskeys && <ByPasskey email={given.email} password={given.password} />}
          <Text size="sm">
            No access yet? Whoever manages the staff of Cordon can invite you: they see it under
            Staff, or run <code>cordon staff add</code>.
          </Text>
        </Stack>
      </Paper>
    </Center>
  )
}

/** A passkey that checks who holds it is enough; with another one the password has to be there too. */
function ByPasskey({ email, password }: { email: string; password: string }) {
  const known = useQueryClient()
  const entering = useMutation({
    mutationFn: async () => {
      const credential = await showPasskey(await ask(offerPasskeySignIn))
      const byPassword = email && password ? { email, password } : {}
      return ask(openSessionByPasskey, { body: { credential, ...byPassword } })
    },
    onSuccess: (entered) => known.setQueryData(session.queryKey, entered),
  })
  return (
    <>
      <Divider label="or" />
      <PasskeyProblem error={entering.error} />
      <Button
        variant="default"
        leftSection={<IconFingerprint size={18} aria-hidden />}
        loading={entering.isPending}
        onClick={() => entering.mutate()}
      >
        Sign in with a passkey
      </Button>
      <Text size="sm">
        A security key that does not ask who holds it also needs e-mail and password, typed above.
      </Text>
    </>
  )
}
