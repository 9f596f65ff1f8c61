import { Group, List, Stack, Table, Text } from '@mantine/core'
import { Link } from '../../components/link.js'
import { count, words } from '../../components/number.js'
import { Section } from '../../components/section.js'
import { Since, When } from '../../components/time.js'
import { Sla } from './signs.js'
import { decisionOf, type File, nameOf, reasonLabel, VALUE_SAYS } from './words.js'

/** Why the case is there, in the words of the policy. */
export const Reasons = ({ file: { reasons, score, tier } }: { file: File }) => (
  <Section gap="xs" title="Why this case">
    <Text size="sm">{`Score ${count(score)} of 100, tier ${words(tier)}. The account:`}</Text>
    <List size="sm">
      {reasons.map(({ code, says }) => (
        <List.Item key={code}>{says === code ? words(code) : says}</List.Item>
      ))}
    </List>
  </Section>
)

/** What the account may do now, and what it has to lose. */
export function Standing({ file }: { file: File }) {
  const { status, passwordUsable, resetRequired, valueHeld, heldUntil } = file.standing
  return (
    <Section gap="xs" title="The account now">
      <Facts
        rows={[
          ['Account', words(status)],
          ['Value', VALUE_SAYS[file.value]],
          ['Its value', valueHeld ? <Held until={heldUntil} key="held" /> : 'may leave'],
          ['Password', passwordUsable ? 'works' : 'does not work'],
          ['Reset', resetRequired ? 'wanted before the next login' : 'not wanted'],
          ['Deadline', <Sla key="sla" sla={file.sla} status={file.status} />],
          ['Opened', <Since key="since" at={file.openedAt} />],
        ]}
      />
    </Section>
  )
}

const Held = ({ until }: { until: string | null }) =>
  until ? (
    <>
      {'is held until '}
      <When at={until} />
    </>
  ) : (
    <>is held</>
  )

const Facts = ({ rows }: { rows: readonly (readonly [string, React.ReactNode])[] }) => (
  <Table verticalSpacing={3} withRowBorders={false}>
    <Table.Tbody>
      {rows.map(([name, value]) => (
        <Table.Tr key={name}>
          <Table.Th fw={400} c="dimmed" w="7rem" scope="row">
            {name}
          </Table.Th>
          <Table.Td>{value}</Table.Td>
        </Table.Tr>
      ))}
    </Table.Tbody>
  </Table>
)

/** What the detectors found. */
export function Signals({ signals }: Pick<File, 'signals'>) {
  if (signals.length === 0) return null
  return (
    <Section gap="xs" title="What the detectors say">
      <Stack gap={6}>
        {signals.map(({ kind, at, says }) => (
          <div key={`${kind} ${at} ${says}`}>
            <Text size="sm">{says}</Text>
            <Text size="xs" c="dimmed">
              {`${words(kind)}, `}
              <When at={at} />
            </Text>
          </div>
        ))}
      </Stack>
    </Section>
  )
}

/** In which lists the account's address stood. */
export function Exposure({ exposure }: Pick<File, 'exposure'>) {
  if (exposure.length === 0) return null
  return (
    <Section gap="xs" title="Exposed in">
      <List size="sm">
        {exposure.map(({ incident, list, batch, label, at, isSameAddress }) => (
          <List.Item key={`${list} ${batch}`}>
            <Link to={`/incidents/${incident}`} size="sm">
              {label ?? `batch ${count(batch)} of a list`}
            </Link>
            {at && (
              <>
                {', '}
                <When at={at} />
              </>
            )}
            {!isSameAddress && ' (only an alias of its address)'}
          </List.Item>
        ))}
      </List>
    </Section>
  )
}

/** What happened to the account before, the newest first. */
export function History({ file: { resets, mails, earlier, decided } }: { file: File }) {
  const events = [
    ...resets.map((reset) => ({ at: reset.orderedAt, says: resetSays(reset) })),
    ...mails.map((mail) => ({ at: mail.stagedAt, says: mailSays(mail) })),
  ].toSorted((a, b) => b.at.localeCompare(a.at))
  if (events.length + earlier.length === 0 && !decided) return null
  return (
    <Section gap="xs" title="What happened before">
      {decided && (
        <Text size="sm">
          {`${decisionOf(decided.decision).label}, decided by ${nameOf(decided.by)}: ${reasonLabel(decided.reason)}. `}
          <When at={decided.at} />
          {decided.note && ` “${decided.note}”`}
        </Text>
      )}
      <List size="sm">
        {events.map(({ at, says }) => (
          <List.Item key={`${at} ${says}`}>
            {`${says} `}
            <Text span size="xs" c="dimmed">
              <When at={at} />
            </Text>
          </List.Item>
        ))}
        {earlier.map((each) => (
          <List.Item key={each.id}>
            <Group gap={4}>
              <Link to={`/cases/${each.id}`} size="sm">{`Case: ${words(each.tier)}`}</Link>
              <Text size="sm">
                {each.decided
                  ? `${decisionOf(each.decided.decision).label.toLowerCase()}, by ${nameOf(each.decided.by)}`
                  : words(each.status)}
              </Text>
            </Group>
          </List.Item>
        ))}
      </List>
    </Section>
  )
}

const resetSays = ({ status, openedAt, completedAt }: File['resets'][number]) =>
  `Reset ${words(status)}${completedAt ? '' : openedAt ? ', opened by the owner' : ''}`

const mailSays = ({ purpose, status, reply }: File['mails'][number]) =>
  `Mail about the ${words(purpose)}: ${words(status)}${reply ? ` (“${reply}”)` : ''}`
