/** What the platform may let an account do (design §10). Times are RFC 3339, UTC. */
export type StandingView = {
  passwordUsable: boolean
  resetRequired: boolean
  valueHeld: boolean
  heldUntil: string | null
  sessionEpoch: number
}

/** What is stored about an account's standing, with the moment of the database's clock. */
export type StoredStanding = {
  status: string
  passwordUsable: boolean
  locked: boolean
  valueHeld: boolean
  heldUntil: Date | null
  sessionEpoch: number
  resetOrdered: boolean
  now: Date
}

/**
 * The answer to "may this account log in, may it withdraw?". A locked or closed account may do
 * neither; a hold with an end is over when that end has passed.
 */
export function standingView(stored: StoredStanding): StandingView {
  const isOpen = stored.status === 'active' && !stored.locked
  const hasHold =
    stored.valueHeld &&
    (stored.heldUntil === null || stored.heldUntil.getTime() > stored.now.getTime())
  return {
    passwordUsable: stored.passwordUsable && isOpen,
    resetRequired: stored.resetOrdered,
    valueHeld: hasHold || !isOpen,
    heldUntil: hasHold && isOpen ? (stored.heldUntil?.toISOString() ?? null) : null,
    sessionEpoch: stored.sessionEpoch,
  }
}
