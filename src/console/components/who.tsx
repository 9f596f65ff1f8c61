import { queryOptions, useQuery } from '@tanstack/react-query'
import { listStaff } from '../../contract/staff.js'
import { ask, session } from '../api.js'

/** Everybody who operates Cordon or did. */
export const people = queryOptions({
  queryKey: ['staff', 'people'],
  queryFn: ({ signal }) => ask(listStaff, { signal }),
})

/** Names of staff by id, for whoever may read who operates Cordon; nothing for anybody else. */
function useStaffNames(): ReadonlyMap<string, string> {
  const { data: me } = useQuery(session)
  const { data } = useQuery({
    ...people,
    enabled: me?.may.includes('staff.read') ?? false,
    staleTime: 300_000,
  })
  return new Map(data?.items.map(({ id, name }) => [id, name]))
}

/** Whoever did something, as a person says it: `staff:…`, `os:…`, `key:…`, `account:…`, `cordon`. */
export function Who({ actor, name }: { actor: string; name?: string | null }) {
  const { data: me } = useQuery(session)
  const names = useStaffNames()
  const { kind, id } = partsOf(actor)
  const says =
    me && actor === `staff:${me.staff.id}`
      ? `you (${me.staff.name})`
      : actorWords(actor, name ?? (kind === 'staff' ? names.get(id) : null))
  return <span title={actor}>{says}</span>
}

/** The same where the name is known or nobody asks for it. */
export function actorWords(actor: string, name: string | null | undefined): string {
  const { kind, id } = partsOf(actor)
  return name ?? (kind === 'staff' ? `staff member ${id}` : otherWords(kind, id))
}

/** `case:cas_1` → `case` and `cas_1`. */
export function partsOf(reference: string): { kind: string; id: string } {
  const colon = reference.indexOf(':')
  return colon < 0
    ? { kind: reference, id: '' }
    : { kind: reference.slice(0, colon), id: reference.slice(colon + 1) }
}

function otherWords(kind: string, id: string): string {
  if (kind === 'cordon') return 'Cordon itself'
  if (kind === 'os') return `${id}, at the shell`
  if (kind === 'key') return `a machine with key ${id}`
  if (kind === 'account') return `the owner of account ${id}`
  return id === '' ? kind : `${kind} ${id}`
}
