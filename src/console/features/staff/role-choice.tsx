import { Checkbox, Stack } from '@mantine/core'
import { ACTS, type StaffRole } from '../../../contract/acts.js'
import { listWords, ownWords, sharedActs, titled } from './acts.js'
import type { Roles } from './queries.js'

type Props = { roles: Roles; value: StaffRole[]; onChange(value: StaffRole[]): void }

/** Roles to choose, each with what it lets its holder do. */
export function RoleChoice({ roles, value, onChange }: Props) {
  const shared = sharedActs(roles).map((act) => ACTS[act].says)
  return (
    <Checkbox.Group
      label="Roles"
      description={`At least one. In any role they may: ${listWords(shared)}`}
      value={value}
      onChange={onChange}
      required
    >
      <Stack gap="sm" mt="sm">
        {roles.map((each) => (
          <Checkbox
            key={each.role}
            value={each.role}
            label={titled(each.role)}
            description={ownWords(each, roles)}
          />
        ))}
      </Stack>
    </Checkbox.Group>
  )
}
