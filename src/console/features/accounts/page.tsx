import { Button, Group, Stack, Text, TextInput } from '@mantine/core'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { type SubmitEvent, useEffect, useRef, useState } from 'react'
import { useLocation } from 'wouter'
import { useAnnounce } from '../../components/announcer.js'
import { useKey } from '../../components/keys.js'
import { count } from '../../components/number.js'
import { Page } from '../../components/page.js'
import { Empty, Problem } from '../../components/problem.js'
import { Matches } from './matches.js'
import { account, find } from './queries.js'

const pathOf = (id: string) => `/accounts/${encodeURIComponent(id)}`

/** Finds an account. What is typed stays out of the address bar: it may be somebody's address. */
export function Accounts() {
  const [sought, setSought] = useState('')
  const finding = useFinding()
  const field = useRef<HTMLInputElement>(null)
  // After the title, which takes the focus on every other page.
  useEffect(() => field.current?.focus(), [])
  useKey({ keys: '/', says: 'Type what to look for', run: () => field.current?.focus() })
  const submit = (event: SubmitEvent) => {
    event.preventDefault()
    if (!finding.isPending) finding.mutate(sought.trim())
  }
  return (
    <Page title="Accounts">
      <form onSubmit={submit}>
        <Stack gap="sm" maw="40rem">
          <Group align="flex-end">
            <TextInput
              ref={field}
              label="E-mail address or account id"
              required
              maxLength={256}
              autoComplete="off"
              spellCheck={false}
              flex="1 1 16rem"
              value={sought}
              onChange={(event) => setSought(event.currentTarget.value)}
            />
            <Button type="submit" loading={finding.isPending}>
              Look
            </Button>
          </Group>
          <Text size="sm">
            Looking is recorded: which accounts were found, by whom and when. What you type is not
            kept.
          </Text>
        </Stack>
      </form>
      <Problem error={finding.error} />
      {finding.data?.length === 0 && (
        <Empty title={`No account matches ${finding.variables}`}>
          The whole address or the whole id is compared, not a part of it. Cordon knows the accounts
          that the platform told it about; an account that was never imported is not among them.
        </Empty>
      )}
      {finding.data && finding.data.length > 1 && (
        <Matches accounts={finding.data} pathOf={pathOf} />
      )}
    </Page>
  )
}

function useFinding() {
  const known = useQueryClient()
  const announce = useAnnounce()
  const [, go] = useLocation()
  return useMutation({
    mutationFn: find,
    onSuccess: (found) => {
      // Already looked at: opening one of them is not a second look.
      for (const each of found) known.setQueryData(account(each.id).queryKey, each)
      announce(found.length === 0 ? 'No account matches.' : `${count(found.length)} found.`)
      const [only, ...others] = found
      if (only && others.length === 0) go(pathOf(only.id))
    },
  })
}
