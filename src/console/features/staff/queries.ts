import { queryOptions, useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import type { z } from 'zod'
import type { Act } from '../../../contract/acts.js'
import { listKeys } from '../../../contract/keys.js'
import { listPasskeys } from '../../../contract/passkeys.js'
import { listAllSessions, listOwnSessions } from '../../../contract/session.js'
import type { listStaff, PersonView } from '../../../contract/staff.js'
import { ask, type BodyOf, session } from '../../api.js'
import { useAnnounce } from '../../components/announcer.js'
import { useAsk } from '../../components/step-up.js'

export type Person = z.output<typeof PersonView>
export type Roles = BodyOf<typeof listStaff>['roles']
export type SeenSession = BodyOf<typeof listAllSessions>['items'][number]
export type Key = BodyOf<typeof listKeys>['items'][number]
export type Passkey = BodyOf<typeof listPasskeys>['items'][number]

const AREA = 'staff'

export const keys = queryOptions({
  queryKey: [AREA, 'keys'],
  queryFn: ({ signal }) => ask(listKeys, { signal }),
})

export const allSessions = queryOptions({
  queryKey: [AREA, 'sessions'],
  queryFn: ({ signal }) => ask(listAllSessions, { signal }),
  refetchInterval: 15_000,
})

export const ownSessions = queryOptions({
  queryKey: [AREA, 'own sessions'],
  queryFn: ({ signal }) => ask(listOwnSessions, { signal }),
  refetchInterval: 15_000,
})

export const passkeys = queryOptions({
  queryKey: [AREA, 'passkeys'],
  queryFn: ({ signal }) => ask(listPasskeys, { signal }),
})

/** Whether the server lets whoever is signed in do this. */
export function useMay(act: Act): boolean {
  const { data } = useQuery(session)
  return data?.may.includes(act) ?? false
}

export function useMyId(): string | undefined {
  const { data } = useQuery(session)
  return data?.staff.id
}

type Doing<Given, Done> = {
  run(ask: ReturnType<typeof useAsk>, given: Given): Promise<Done>
  /** What happened, for whoever listens to the page. */
  says(given: Given): string
  onDone?(done: Done): void
}

/** One act of this area. Afterwards everything the area shows is read again. */
export function useDoing<Given, Done>({ run, says, onDone }: Doing<Given, Done>) {
  const askFresh = useAsk()
  const known = useQueryClient()
  const announce = useAnnounce()
  return useMutation({
    mutationFn: (given: Given) => run(askFresh, given),
    onSuccess: (done, given) => {
      announce(says(given))
      onDone?.(done)
    },
    // Also after a refusal: it may say that what is shown is not so any more.
    onSettled: () => known.invalidateQueries({ queryKey: [AREA] }),
  })
}
