import { ACTS, type Act, isGrave } from '../../../contract/acts.js'

type Role = { role: string; may: readonly Act[] }

/** What every one of these roles may do. */
export const sharedActs = (roles: readonly Role[]): Act[] => {
  const [first, ...rest] = roles
  return (first?.may ?? []).filter((act) => rest.every(({ may }) => may.includes(act)))
}

/** What a role may do beyond what all of them may, as sentences would list it. */
export function ownWords(role: Role, roles: readonly Role[]): string {
  const shared = sharedActs(roles)
  const own = role.may.filter((act) => !shared.includes(act))
  return listWords(own.map((act) => ACTS[act].says))
}

/** What an act is, and whether it wants the second factor anew. */
export const actWords = (act: Act): string =>
  isGrave(act)
    ? `${ACTS[act].says} (with a second factor of the last five minutes)`
    : ACTS[act].says

export const listWords = (parts: readonly string[]): string =>
  parts.length === 0 ? '' : `${parts.join('; ')}.`.replace(/^./, (letter) => letter.toUpperCase())

/** `admin` → "Admin". */
export const titled = (role: string): string => role.replace(/^./, (letter) => letter.toUpperCase())
