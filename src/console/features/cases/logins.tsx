import { Badge, Button, Group, Table, Text } from '@mantine/core'
import { IconCheck, IconX } from '@tabler/icons-react'
import { useState } from 'react'
import { count } from '../../components/number.js'
import { Empty } from '../../components/problem.js'
import { Section } from '../../components/section.js'
import { When } from '../../components/time.js'
import { WideTable } from '../../components/wide-table.js'
import { countryName } from './places.js'
import { Timeline } from './timeline.js'
import { judgedAs, type Login } from './words.js'

const FEW = 8

/** Who tried to get in and who did: as a picture, and as a table. */
export function Logins({ logins }: { logins: readonly Login[] }) {
  const [isAll, setAll] = useState(false)
  if (logins.length === 0)
    return (
      <Section gap="xs" title="Logins">
        <Empty title="No login is known" />
      </Section>
    )
  const shown = isAll ? logins : logins.slice(0, FEW)
  return (
    <Section gap="xs" title="Logins">
      <Text size="sm">{summary(logins)}</Text>
      <Timeline logins={logins} />
      <WideTable label="Logins" minWidth={640} verticalSpacing={4}>
        <Table.Thead>
          <Table.Tr>
            <Table.Th>When</Table.Th>
            <Table.Th>Outcome</Table.Th>
            <Table.Th>Judged</Table.Th>
            <Table.Th>From</Table.Th>
            <Table.Th>With</Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {shown.map((login, index) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: logins have no id and keep their order
            <Row key={index} login={login} />
          ))}
        </Table.Tbody>
      </WideTable>
      {logins.length > FEW && (
        <Group>
          <Button size="xs" variant="default" onClick={() => setAll(!isAll)}>
            {isAll ? 'Show only the newest' : `Show all ${count(logins.length)}`}
          </Button>
        </Group>
      )}
    </Section>
  )
}

function Row({ login }: { login: Login }) {
  const { at, outcome, ip, asn, country, listed, device, userAgent, reason, risk } = login
  const isIn = outcome === 'success'
  return (
    <Table.Tr>
      <Table.Td>
        <When at={at} />
      </Table.Td>
      <Table.Td>
        <Group gap={4} wrap="nowrap">
          {isIn ? <IconCheck size={16} aria-hidden /> : <IconX size={16} aria-hidden />}
          {isIn ? 'got in' : 'failed'}
        </Group>
      </Table.Td>
      <Table.Td>
        <Judged login={login} />
        {risk !== null && (
          <Text size="xs">{`${count(Math.round(risk * 10) / 10)} times likelier another’s`}</Text>
        )}
      </Table.Td>
      <Table.Td>
        {country ? countryName(country) : 'country not known'}
        <Text size="xs" c="dimmed">
          {[ip, asn && `AS ${asn}`, listed].filter(Boolean).join(' · ')}
        </Text>
      </Table.Td>
      <Table.Td>
        <Text size="xs" lineClamp={2} title={userAgent ?? undefined}>
          {[reason, device, userAgent].filter(Boolean).join(' · ') || '–'}
        </Text>
      </Table.Td>
    </Table.Tr>
  )
}

function Judged({ login }: { login: Login }) {
  const says = judgedAs(login)
  if (says !== 'hostile') return <Badge variant="default">{says}</Badge>
  return (
    <Badge variant="filled" color="red.9">
      {says}
    </Badge>
  )
}

function summary(logins: readonly Login[]): string {
  const of = (keep: (login: Login) => boolean) => count(logins.filter(keep).length)
  const entered = logins.filter(({ isHostile, outcome }) => isHostile && outcome === 'success')
  const hostile = of(({ isHostile }) => isHostile)
  const got =
    entered.length === 0 ? 'none of them got in' : `${count(entered.length)} of them got in`
  return `The newest ${count(logins.length)}: ${hostile} hostile, ${got}; ${of(
    ({ isFamiliar }) => isFamiliar,
  )} failed from a place of the owner; ${of(
    ({ isHostile, outcome }) => !isHostile && outcome === 'success',
  )} ordinary logins.`
}
