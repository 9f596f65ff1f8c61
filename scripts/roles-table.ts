import { ACTS, type Act, isGrave, MACHINE_ROLES, STAFF_ROLES } from '../src/contract/acts.js'
import { CALLS } from '../src/contract/calls.js'
import type { Endpoint } from '../src/contract/endpoint.js'
import { may } from '../src/staff/policy.js'

const INTRO = `# Who may do what

Made by \`npm run roles\` from the declarations that the server runs on
(\`src/contract\`, \`src/staff/policy.ts\`); a test fails when this page is stale, and another asks every
call as everybody. Whatever is not written here is refused.

- **yes** – allowed
- **fresh** – allowed with a second factor shown in the last five minutes
- **–** – refused

Staff may have several roles; a machine's key has one. Staff sessions count on the staff listener only.
`

const ROLES = [...STAFF_ROLES, ...MACHINE_ROLES]

/** The matrix of calls and of acts, by role, as Markdown. */
export function rolesTable(): string {
  const calls = Object.entries(CALLS).flatMap(([noun, ofNoun]) => [
    `## ${noun}\n`,
    table(
      'call',
      ofNoun.map((call) => row(`\`${call.method.toUpperCase()} ${call.path}\``, call)),
    ),
  ])
  const acts = (Object.keys(ACTS) as Act[]).map((act) =>
    row(`\`${act}\`: ${ACTS[act].says}`, { allow: act, listener: undefined, fresh: false }),
  )
  return [INTRO, ...calls, '## acts\n', table('act', acts)].join('\n')
}

const table = (first: string, rows: readonly string[]) =>
  [lineOf([first, ...ROLES, 'nobody']), lineOf(['---', ...ROLES.map(() => ':-:'), ':-:']), ...rows]
    .join('\n')
    .concat('\n')

type Ruled = Pick<Endpoint, 'allow' | 'fresh'> & { listener: Endpoint['listener'] | undefined }

const row = (what: string, ruled: Ruled) =>
  lineOf([what, ...ROLES.map((role) => cell(ruled, role)), ruled.allow === 'anyone' ? 'yes' : '–'])

function cell({ allow, fresh, listener }: Ruled, role: (typeof ROLES)[number]): string {
  if (allow === 'anyone') return 'yes'
  const isStaff = (STAFF_ROLES as readonly string[]).includes(role)
  if ((isStaff && listener === 'public') || !may([role], allow)) return '–'
  return isStaff && (fresh || isGrave(allow)) ? 'fresh' : 'yes'
}

const lineOf = (cells: readonly string[]) => `| ${cells.join(' | ')} |`
