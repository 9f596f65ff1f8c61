import { Stack, Table, Text } from '@mantine/core'
import { Link } from '../../components/link.js'
import { count, words } from '../../components/number.js'
import { WideTable } from '../../components/wide-table.js'
import type { Seen } from './queries.js'
import { loginWords, valueWords } from './standing-words.js'

type Props = { accounts: readonly Seen[]; pathOf: (id: string) => string }

/** Several accounts of one address, to choose from. */
export function Matches({ accounts, pathOf }: Props) {
  return (
    <Stack gap="xs">
      <Text fw={600}>{count(accounts.length)} accounts have this address</Text>
      <WideTable label="Accounts found" minWidth={500}>
        <Table.Thead>
          <Table.Tr>
            <Table.Th>Account</Table.Th>
            <Table.Th>Status</Table.Th>
            <Table.Th>Logging in</Table.Th>
            <Table.Th>Withdrawing</Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {accounts.map(({ id, status, standing }) => (
            <Table.Tr key={id}>
              <Table.Td>
                <Link to={pathOf(id)}>{id}</Link>
              </Table.Td>
              <Table.Td>{words(status)}</Table.Td>
              <Table.Td>{loginWords(standing)}</Table.Td>
              <Table.Td>{valueWords(standing)}</Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </WideTable>
    </Stack>
  )
}
