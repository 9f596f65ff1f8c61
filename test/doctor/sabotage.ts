/** How something may break, and which invariants must show it: exactly these. */
export type Saboteur = { does: string; breaks: readonly string[]; sql: string }

export const no = (id: string) => `(SELECT no FROM account WHERE id = '${id}')`
export const FINISHED = "(SELECT id FROM sweep WHERE status = 'finished')"
export const PAUSED = "(SELECT id FROM sweep WHERE status = 'paused')"
export const PLANNED = "(SELECT id FROM sweep WHERE status = 'planned')"
export const caseOf = (id: string) =>
  `(SELECT id FROM review_case WHERE account_no = ${no(id)} LIMIT 1)`

/** A row of the record that nothing else goes with. */
export const told = (kind: string, subject: string, detail = '{}', actor = 'cordon') =>
  `INSERT INTO audit_event (kind, actor, subject, detail) VALUES ('${kind}', '${actor}', ${subject}, '${detail}');`
