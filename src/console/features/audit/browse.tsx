import { Button, Group, Stack, Text, TextInput } from '@mantine/core'
import { useInfiniteQuery } from '@tanstack/react-query'
import { type ChangeEvent, type SubmitEvent, useEffect, useState } from 'react'
import { useLocation } from 'wouter'
import { useSearch } from 'wouter/use-browser-location'
import { useKey } from '../../components/keys.js'
import { Empty, Loaded } from '../../components/problem.js'
import { EventTable } from './event-table.js'
import { events, type Filter } from './queries.js'

const NAMES = ['kind', 'subject', 'actor'] as const

/** The record, the newest first, narrowed by what stands in the address of the page. */
export function Browse() {
  // As it stands: the router's own is decoded twice, and an id may hold a `%`.
  const given = new URLSearchParams(useSearch())
  const filter: Filter = {
    kind: given.get('kind') ?? '',
    subject: given.get('subject') ?? '',
    actor: given.get('actor') ?? '',
  }
  const key = NAMES.map((name) => filter[name]).join('\n')
  return (
    <Stack gap="md">
      <FilterForm key={key} filter={filter} />
      <Events key={`events ${key}`} filter={filter} />
    </Stack>
  )
}

const FIELDS: readonly { name: keyof Filter; label: string; description: string }[] = [
  { name: 'kind', label: 'Kind', description: 'As case.decided' },
  { name: 'subject', label: 'Done to', description: 'As sweep:swp_…, account:…' },
  { name: 'actor', label: 'Done by', description: 'As staff:…, key:…, cordon' },
]
const FIRST_FIELD = 'audit-kind'

function FilterForm({ filter }: { filter: Filter }) {
  const [typed, setTyped] = useState(filter)
  const [, go] = useLocation()
  useKey({
    keys: '/',
    says: 'Narrow the record',
    run: () => document.getElementById(FIRST_FIELD)?.focus(),
  })
  const show = (wanted: Filter) => {
    const query = new URLSearchParams(
      NAMES.map((name) => [name, wanted[name].trim()]).filter(([, word]) => word !== ''),
    )
    go(query.size > 0 ? `/audit?${query}` : '/audit')
  }
  const submit = (event: SubmitEvent) => {
    event.preventDefault()
    show(typed)
  }
  const change = (name: keyof Filter) => (event: ChangeEvent<HTMLInputElement>) => {
    const { value } = event.currentTarget
    setTyped((before) => ({ ...before, [name]: value }))
  }
  return (
    <form onSubmit={submit}>
      <Group align="flex-end">
        {FIELDS.map(({ name, label, description }) => (
          <TextInput
            key={name}
            id={`audit-${name}`}
            label={label}
            description={description}
            maxLength={256}
            spellCheck={false}
            autoComplete="off"
            flex="1 1 12rem"
            value={typed[name]}
            onChange={change(name)}
          />
        ))}
        <Button type="submit">Show</Button>
        {Object.values(filter).some((word) => word !== '') && (
          <Button variant="default" onClick={() => show({ kind: '', subject: '', actor: '' })}>
            Show everything
          </Button>
        )}
      </Group>
    </form>
  )
}

function Events({ filter }: { filter: Filter }) {
  const asked = useInfiniteQuery(events(filter))
  const [isLooking, setLooking] = useState(true)
  const { data, hasNextPage, isFetching, isError, fetchNextPage } = asked
  const isEmptySoFar = data?.pages.every(({ items }) => items.length === 0) ?? false
  const goesOn = isLooking && isEmptySoFar && hasNextPage && !isError
  useEffect(() => {
    if (goesOn && !isFetching) void fetchNextPage()
  }, [goesOn, isFetching, fetchNextPage])
  return (
    <Loaded of={asked}>
      {({ pages }) => (
        <Stack gap="md" align="flex-start">
          {!isEmptySoFar && <EventTable events={pages.flatMap(({ items }) => items)} />}
          {isEmptySoFar && !hasNextPage && (
            <Empty title="Nothing in the record is like this">
              The whole record was looked through. A filter compares whole words: the kind as it is
              written here, the ids with what stands before the colon.
            </Empty>
          )}
          {isEmptySoFar && hasNextPage && (
            <Text>Nothing like this among what is newer. Looking further back…</Text>
          )}
          {goesOn && (
            <Button variant="default" onClick={() => setLooking(false)}>
              Stop looking
            </Button>
          )}
          {!goesOn && hasNextPage && (
            <Button variant="default" loading={isFetching} onClick={() => void fetchNextPage()}>
              Look further back
            </Button>
          )}
          {!isEmptySoFar && !hasNextPage && <Text size="sm">This is where the record begins.</Text>}
        </Stack>
      )}
    </Loaded>
  )
}
