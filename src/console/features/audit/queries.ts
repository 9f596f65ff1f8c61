import { infiniteQueryOptions } from '@tanstack/react-query'
import { listAudit } from '../../../contract/audit.js'
import { ask } from '../../api.js'

/** What of the record is shown; an empty word filters nothing. */
export type Filter = { kind: string; subject: string; actor: string }

/** What was done, the newest first. A page may hold nothing and still have a next one. */
export const events = (filter: Filter) =>
  infiniteQueryOptions({
    queryKey: ['audit', filter],
    queryFn: ({ pageParam, signal }) =>
      ask(listAudit, {
        query: {
          ...(pageParam ? { cursor: pageParam } : {}),
          ...Object.fromEntries(Object.entries(filter).filter(([, word]) => word !== '')),
          take: 50,
        },
        signal,
      }),
    initialPageParam: '',
    getNextPageParam: ({ next }) => next,
    // What was read stays where it is while somebody reads it.
    refetchOnWindowFocus: false,
    refetchOnReconnect: false,
  })
