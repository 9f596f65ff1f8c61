import { queryOptions } from '@tanstack/react-query'
import type { z } from 'zod'
import { type claimCase, listCases, readCase } from '../../../contract/cases.js'
import { ask, isRefusal, queries } from '../../api.js'
import type { Case, File } from './words.js'

export const ROWS = 50

export type Shown = { status: Case['status']; tier: string; escalated: '' | 'only'; after: string }

/** One page of the queue, in its order. */
export const queue = ({ status, tier, escalated, after }: Shown) =>
  queryOptions({
    queryKey: ['cases', status, tier, escalated, after],
    queryFn: ({ signal }) =>
      ask(listCases, {
        query: {
          status,
          take: ROWS,
          ...(tier ? { tier } : {}),
          ...(escalated ? { escalated } : {}),
          ...(after ? { cursor: after } : {}),
        },
        signal,
      }),
    refetchInterval: 15_000,
  })

/** Everything about one case. Who reads it is recorded: nothing asks for it but somebody who looks. */
export const file = (id: string) =>
  queryOptions({
    queryKey: ['case', id],
    queryFn: ({ signal }) => ask(readCase, { params: { id }, signal }),
    staleTime: 0,
    refetchOnWindowFocus: false,
    refetchOnReconnect: false,
  })

type ClaimView = z.output<(typeof claimCase.answers)[200]>

const claimKey = (id: string) => ['claim', id]

/**
 * What a claim told about a case, so that its screen begins before the rest is read. What was read
 * before says that somebody else may claim it.
 */
export const keepClaim = (claim: ClaimView): void => {
  void queries.resetQueries({ queryKey: file(claim.case.id).queryKey })
  queries.setQueryData(claimKey(claim.case.id), claim)
}
export const claimedCase = (id: string): Case | undefined =>
  queries.getQueryData<ClaimView>(claimKey(id))?.case

/** The lease as a heartbeat renewed it. */
export const keepLease = (id: string, until: string): void => {
  queries.setQueryData<File>(file(id).queryKey, (before) =>
    before?.heldBy ? { ...before, heldBy: { ...before.heldBy, until } } : before,
  )
}

/** For acts of a claim: when it is lost, the case is read again, so that the page does not offer them any more. */
export const noticeLost = (id: string) => (error: unknown) => {
  if (isRefusal(error, 'lease_lost')) void changed(id)
}

/** The case changed: its lists are asked for again, itself when somebody looks at it. */
export const changed = async (id: string): Promise<void> => {
  queries.removeQueries({ queryKey: claimKey(id) })
  await Promise.all([
    queries.invalidateQueries({ queryKey: ['cases'] }),
    queries.invalidateQueries({ queryKey: file(id).queryKey, refetchType: 'active' }),
  ])
}
