/** Queue order and how soon a case of each priority wants a decision (SLA minutes by tier, design §6). */
export const PRIORITY = {
  critical: { rank: 0, dueMinutes: 30 },
  high: { rank: 1, dueMinutes: 120 },
  normal: { rank: 2, dueMinutes: 1_440 },
} as const
export type CasePriority = keyof typeof PRIORITY
