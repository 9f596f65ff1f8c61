import { useMutation } from '@tanstack/react-query'
import { useLocation } from 'wouter'
import { claimNextCase, confirmCase, decideCase } from '../../../contract/cases.js'
import { ask, askLasting } from '../../api.js'
import { useAnnounce } from '../../components/announcer.js'
import { hold } from '../../components/held-act.js'
import { useKey } from '../../components/keys.js'
import { useFreshen } from '../../components/step-up.js'
import { expectNext, giveBackNext, isWanted } from './follow-on.js'
import { changed, keepClaim } from './queries.js'
import { type Decided, decisionOf, type File, reasonLabel } from './words.js'

/** Claims the most urgent case that is free and goes to it. Binds `n`. */
export function useNext({ isOff = false }: { isOff?: boolean } = {}) {
  const [, go] = useLocation()
  const announce = useAnnounce()
  const claiming = useMutation({
    mutationFn: (_decided?: string) => ask(claimNextCase),
    onSuccess: (claim, decided) => {
      if (!isWanted(claim, decided)) return
      if (claim) {
        keepClaim(claim)
        go(`/cases/${claim.case.id}`)
      } else {
        announce('No case waits. Nothing was claimed.')
        go('/cases', { state: { isEmpty: true } })
      }
    },
  })
  const next = () => {
    if (!claiming.isPending) claiming.mutate(undefined)
  }
  useKey({ keys: 'n', says: 'Claim the next case', run: next, isOff })
  /** Only because a case was decided: when that is taken back, the next one goes back to the queue. */
  const nextAfter = (decided: string) => {
    if (claiming.isPending) return
    expectNext(decided)
    claiming.mutate(decided)
  }
  return { next, nextAfter, isPending: claiming.isPending, error: claiming.error }
}

/** Holds a decision about a claimed case until it may not be undone any more. */
export function useDecide({ id, account, fence }: Pick<File, 'id' | 'account' | 'fence'>) {
  const freshen = useFreshen()
  return useMutation({
    mutationFn: async (decided: Decided) => {
      if (decided.decision === 'release') await freshen()
      hold({
        says: `${decisionOf(decided.decision).act} ${account} (${reasonLabel(decided.reason).toLowerCase()})`,
        path: `/cases/${id}`,
        send: async () => {
          await askLasting(decideCase, { params: { id }, body: { fence, ...decided } })
          await changed(id)
        },
        onTakenBack: () => giveBackNext(id),
      })
    },
  })
}

/** Holds the answer to another reviewer's proposal. */
export function useAnswer({ id, account, proposal }: Pick<File, 'id' | 'account' | 'proposal'>) {
  const freshen = useFreshen()
  return useMutation({
    mutationFn: async ({ agrees, note }: { agrees: boolean; note?: string }) => {
      if (!proposal) return
      if (agrees) await freshen()
      const act = decisionOf(proposal.decision).act.toLowerCase()
      hold({
        says: agrees ? `Agree to ${act} ${account}` : `Do not agree to ${act} ${account}`,
        path: `/cases/${id}`,
        send: async () => {
          const body = { agrees, fence: proposal.fence, ...(note ? { note } : {}) }
          await askLasting(confirmCase, { params: { id }, body })
          await changed(id)
        },
      })
    },
  })
}
