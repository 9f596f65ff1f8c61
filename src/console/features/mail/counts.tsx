import { Stack, Table, Title } from '@mantine/core'
import { count } from '../../components/number.js'
import { Empty } from '../../components/problem.js'
import { WideTable } from '../../components/wide-table.js'
import type { Mail } from './queries.js'

type Counted = Mail['counts'][number]

const STATUSES: readonly { status: Counted['status']; says: string }[] = [
  { status: 'staged', says: 'Not sent yet' },
  { status: 'sending', says: 'Being sent' },
  { status: 'accepted', says: 'Accepted' },
  { status: 'rejected', says: 'Rejected' },
  { status: 'unknown', says: 'Unknown' },
  { status: 'withdrawn', says: 'Withdrawn' },
]

const PURPOSES: Readonly<Record<Counted['purpose'], string>> = {
  reset: 'Password was switched off: set a new one',
  reminder: 'Reminder of that',
  hold: 'Value is held',
  notice: 'Address was exposed',
  confirmation: 'Password was changed',
}

/** All mail there ever was, by what it says and what became of it. */
export function Counts({ counts }: Pick<Mail, 'counts'>) {
  const mailsOf = new Map(
    counts.map(({ purpose, status, mails }) => [`${purpose} ${status}`, mails]),
  )
  const purposes = Object.entries(PURPOSES).filter(([purpose]) =>
    counts.some((each) => each.purpose === purpose),
  )
  return (
    <Stack component="section" gap="sm" aria-labelledby="counts">
      <Title order={2} size="h3" id="counts">
        All mail so far
      </Title>
      {purposes.length === 0 ? (
        <Empty title="No mail was written yet" />
      ) : (
        <WideTable
          label="Mail by purpose and state"
          minWidth={680}
          aria-labelledby="counts"
          style={{ fontVariantNumeric: 'tabular-nums' }}
        >
          <Table.Thead>
            <Table.Tr>
              <Table.Th>What it says</Table.Th>
              {STATUSES.map(({ status, says }) => (
                <Table.Th key={status} ta="right">
                  {says}
                </Table.Th>
              ))}
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {purposes.map(([purpose, says]) => (
              <Table.Tr key={purpose}>
                <Table.Th scope="row">{says}</Table.Th>
                {STATUSES.map(({ status }) => (
                  <Table.Td key={status} ta="right">
                    {count(mailsOf.get(`${purpose} ${status}`) ?? 0)}
                  </Table.Td>
                ))}
              </Table.Tr>
            ))}
          </Table.Tbody>
        </WideTable>
      )}
    </Stack>
  )
}
