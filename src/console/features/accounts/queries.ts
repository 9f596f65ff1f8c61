import { queryOptions } from '@tanstack/react-query'
import type { z } from 'zod'
import { type AccountView, findAccounts, readAccount } from '../../../contract/accounts.js'
import { ask, isRefusal } from '../../api.js'

export type Seen = z.output<typeof AccountView>

/** One account. Looking is recorded, so it is looked at once and not again by itself. */
export const account = (id: string) =>
  queryOptions({
    queryKey: ['account', id],
    queryFn: ({ signal }) => ask(readAccount, { params: { id }, signal }),
    staleTime: Number.POSITIVE_INFINITY,
    gcTime: 60_000,
    refetchOnReconnect: false,
  })

/** The accounts of an address, or the one of an id; none when nothing matches. */
export async function find(sought: string): Promise<readonly Seen[]> {
  if (sought.includes('@')) return (await ask(findAccounts, { query: { address: sought } })).items
  try {
    return [await ask(readAccount, { params: { id: sought } })]
  } catch (error) {
    if (isRefusal(error, 'account_not_found')) return []
    throw error
  }
}
