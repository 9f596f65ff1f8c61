export const MACHINE_ROLES = ['ingest', 'platform', 'automation'] as const
export type MachineRole = (typeof MACHINE_ROLES)[number]

export type Act = 'sign_in' | 'standing.read'

/** What each role may do. Whatever is not written here is refused. */
const ROLE_MAY: Record<MachineRole, readonly Act[]> = {
  ingest: [],
  platform: ['sign_in', 'standing.read'],
  automation: [],
}

/** Whether a role may do an act. Unknown roles and acts may not and cannot. */
export function may(role: string, act: string): boolean {
  const acts: readonly string[] | undefined = Object.hasOwn(ROLE_MAY, role)
    ? ROLE_MAY[role as MachineRole]
    : undefined
  return acts?.includes(act) ?? false
}
