import { List, SimpleGrid, Table, Text } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import type { z } from 'zod'
import type { readMail } from '../../../contract/mail.js'
import { Link } from '../../components/link.js'
import { count, laneName } from '../../components/number.js'
import { Loaded } from '../../components/problem.js'
import { Figure, Section } from '../../components/section.js'
import { durationWords } from '../../components/time.js'
import { WideTable } from '../../components/wide-table.js'
import { mailNow } from './queries.js'

type Mail = z.output<(typeof readMail)['answers'][200]>
type OfSweep = Mail['sweeps'][number]

/** How far the mail of one sweep is, and the providers it waits for. */
export function SweepMail({ id }: { id: string }) {
  const asked = useQuery(mailNow)
  return (
    <Section title="Mail of this sweep" aside={<Link to="/mail">All mail and its valve</Link>}>
      <Loaded of={asked}>
        {({ valve, closed, sweeps, lanes }) => {
          const own = sweeps.find(({ sweepId }) => sweepId === id)
          const isClosed =
            valve.state === 'closed' || closed.some(({ scope }) => scope === `sweep:${id}`)
          return (
            <>
              {isClosed && <Text fw={700}>Its mail is stopped by a valve.</Text>}
              {own ? (
                <OwnMail own={own} />
              ) : (
                <Text size="sm">No mail of this sweep waits to leave.</Text>
              )}
              {own && <Lanes lanes={lanes} isStopped={isClosed} />}
            </>
          )
        }}
      </Loaded>
    </Section>
  )
}

const OwnMail = ({ own }: { own: OfSweep }) => (
  <>
    <SimpleGrid cols={{ base: 2, md: 4 }}>
      <Figure name="May leave now" value={count(own.waiting + own.sending)} />
      <Figure name="Wait for their wave" value={count(own.held)} />
      <Figure name="Accepted" value={count(own.accepted)} />
      <Figure
        name="Rejected or unknown"
        value={count(own.rejected + own.unknown)}
        says={`${count(own.rejected)} rejected, ${count(own.unknown)} unknown`}
      />
    </SimpleGrid>
    {own.waves.length > 0 && (
      <List size="sm">
        {own.waves.map((wave) => (
          <List.Item key={wave.no}>
            {wave.no === 0 ? 'Canary, the small first wave' : `Wave ${wave.no}`}:{' '}
            {count(wave.mails)} mails, {waveSays(wave)}
          </List.Item>
        ))}
      </List>
    )}
  </>
)

function waveSays({ stopReason, verifiedAt, endedAt }: OfSweep['waves'][number]): string {
  if (stopReason !== null) return `stopped: ${stopReason}`
  if (verifiedAt !== null) return 'ended, and nothing spoke against going on'
  return endedAt === null ? 'under way' : 'ended; it is being watched'
}

const SHOWN = 20

/** Providers carry the mail of all sweeps; these numbers are not of this sweep alone. */
function Lanes({ lanes, isStopped }: Pick<Mail, 'lanes'> & { isStopped: boolean }) {
  if (lanes.length === 0) return null
  return (
    <WideTable label="Mailbox providers" minWidth={480}>
      <Table.Caption>
        Mailbox providers with mail that has not left, of all sweeps together
        {lanes.length > SHOWN && `; ${count(lanes.length - SHOWN)} more are under Mail`}
      </Table.Caption>
      <Table.Thead>
        <Table.Tr>
          <Table.Th>Mailbox provider</Table.Th>
          <Table.Th ta="right">Not left yet</Table.Th>
          <Table.Th ta="right">Mails a second</Table.Th>
          <Table.Th ta="right">Time left</Table.Th>
          <Table.Th>Paused</Table.Th>
        </Table.Tr>
      </Table.Thead>
      <Table.Tbody>
        {lanes.slice(0, SHOWN).map((lane) => (
          <Table.Tr key={lane.lane}>
            <Table.Th scope="row" fw={400}>
              {laneName(lane.lane)}
            </Table.Th>
            <Table.Td ta="right">{count(lane.waiting + lane.held + lane.sending)}</Table.Td>
            <Table.Td ta="right">{count(lane.rate)}</Table.Td>
            <Table.Td ta="right">
              {isStopped || lane.secondsLeft === null
                ? 'not known'
                : durationWords(lane.secondsLeft)}
            </Table.Td>
            <Table.Td>{lane.isPaused ? (lane.pauseReason ?? 'yes') : 'no'}</Table.Td>
          </Table.Tr>
        ))}
      </Table.Tbody>
    </WideTable>
  )
}
