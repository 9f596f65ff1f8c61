import type { z } from 'zod'
import type { AccountView } from '../../contract/accounts.js'
import type { SeenAccount } from './service.js'

/** An account as staff see it: whether it holds something, never how much. */
export function accountView(seen: SeenAccount): z.input<typeof AccountView> {
  const { account, standing, hostile, signals, exposure, history } = seen
  return {
    id: account.id,
    address: account.address,
    status: account.status,
    standing,
    evidence: {
      secondFactor: account.secondFactor,
      balance: account.balance,
      hostile: {
        attempts: hostile.attempts,
        successes: hostile.successes,
        sources: hostile.sources,
        lastAt: hostile.lastAt?.toISOString() ?? null,
        signals: signals.map(({ kind, at, says }) => ({ kind, at: at.toISOString(), says })),
      },
      exposure: exposure.map(({ firstAt, ...rest }) => ({
        ...rest,
        firstAt: firstAt.toISOString(),
      })),
    },
    history: history.map(({ at, kind, actor, detail }) => ({
      at: at.toISOString(),
      kind,
      actor,
      detail,
    })),
  }
}
