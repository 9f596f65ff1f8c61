import { Table, Text } from '@mantine/core'
import { count } from '../../components/number.js'
import { Section } from '../../components/section.js'
import { WideTable } from '../../components/wide-table.js'
import type { Plan } from './queries.js'
import { amount } from './words.js'

type Sum = Plan['money'][number]

/** What is at stake, by tier and currency; never by account. */
export function Money({ plan }: { plan: Plan }) {
  const tiers = plan.tiers.filter(({ money, unknown }) => money.length > 0 || unknown > 0)
  return (
    <Section
      title="Money at risk"
      says="What the accounts of each tier hold, as the directory has it now. A sum of fewer than five accounts is not shown, because it would tell what single people own."
    >
      {tiers.length === 0 ? (
        <Text size="sm">No account of this plan is known to hold anything.</Text>
      ) : (
        <WideTable label="Money at risk" minWidth={420}>
          <Table.Thead>
            <Table.Tr>
              <Table.Th>Tier</Table.Th>
              <Table.Th>Currency</Table.Th>
              <Table.Th ta="right">Accounts with something</Table.Th>
              <Table.Th ta="right">Together</Table.Th>
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {tiers.flatMap((tier) => [
              ...tier.money.map((sum) => (
                <SumRow key={`${tier.name} ${sum.currency}`} of={tier.name} sum={sum} />
              )),
              ...(tier.unknown > 0 ? [<UnknownRow key={tier.name} {...tier} />] : []),
            ])}
          </Table.Tbody>
          <Table.Tfoot>
            {plan.money.map((sum) => (
              <SumRow key={sum.currency} of="All tiers" sum={sum} />
            ))}
          </Table.Tfoot>
        </WideTable>
      )}
    </Section>
  )
}

const SumRow = ({ of, sum }: { of: string; sum: Sum }) => (
  <Table.Tr>
    <Table.Th scope="row" fw={of === 'All tiers' ? 700 : 400}>
      {of}
    </Table.Th>
    <Table.Td>{sum.currency ?? 'not said'}</Table.Td>
    <Table.Td ta="right">{count(sum.accounts)}</Table.Td>
    <Table.Td ta="right">{sum.total === null ? 'not shown' : amount(sum.total)}</Table.Td>
  </Table.Tr>
)

const UnknownRow = ({ name, unknown }: { name: string; unknown: number }) => (
  <Table.Tr>
    <Table.Th scope="row" fw={400}>
      {name}
    </Table.Th>
    <Table.Td>not known</Table.Td>
    <Table.Td ta="right">{count(unknown)}</Table.Td>
    <Table.Td ta="right">not known</Table.Td>
  </Table.Tr>
)
