import { useMutation, useQueryClient } from '@tanstack/react-query'
import type { Sweep } from './queries.js'

type Act = {
  sweep: Sweep
  /** Does it, and gives the sweep as it is then. */
  run(typed: string): Promise<Sweep>
  onClose(): void
}

/** An act on a sweep as a dialog wants it; what came of it is known everywhere at once. */
export function useAct({ sweep: { id }, run, onClose }: Act) {
  const known = useQueryClient()
  const doing = useMutation({
    mutationFn: run,
    onSuccess: async (after) => {
      // An answer that is on its way may be older than this one.
      await known.cancelQueries({ queryKey: ['sweep', id], exact: true })
      known.setQueryData(['sweep', id], after)
      onClose()
    },
    onError: () => known.invalidateQueries({ queryKey: ['sweep', id], exact: true }),
  })
  return { isBusy: doing.isPending, error: doing.error, onAct: doing.mutate, onClose }
}
