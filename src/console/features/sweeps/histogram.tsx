import { Button, Table } from '@mantine/core'
import { useDisclosure } from '@mantine/hooks'
import { count } from '../../components/number.js'
import { Section } from '../../components/section.js'

const LAST = 10
const bandName = (band: number) => (band === LAST ? '100' : `${band * 10}–${band * 10 + 9}`)

/** How the scores of a plan lie: as a picture, and as a table for whoever wants numbers. */
export function Histogram({ bands }: { bands: readonly number[] }) {
  const [isTable, { toggle }] = useDisclosure(false)
  return (
    <Section
      title="Scores"
      says="How endangered the policy thinks the accounts are, from 0 to 100."
      aside={
        <Button size="xs" variant="default" onClick={toggle}>
          {isTable ? 'Show as a picture' : 'Show as a table'}
        </Button>
      }
    >
      {isTable ? <Numbers bands={bands} /> : <Picture bands={bands} />}
    </Section>
  )
}

const WIDTH = 660
const HEIGHT = 190
const FLOOR = 160
const STEP = WIDTH / (LAST + 1)

function Picture({ bands }: { bands: readonly number[] }) {
  const most = Math.max(1, ...bands)
  const says = bands.flatMap((accounts, band) =>
    accounts > 0 ? [`${count(accounts)} score ${bandName(band)}`] : [],
  )
  return (
    <svg
      role="img"
      aria-label={`Accounts by score: ${says.join(', ') || 'none'}`}
      viewBox={`0 0 ${WIDTH} ${HEIGHT}`}
      width="100%"
      style={{ maxHeight: '16rem' }}
    >
      <line x1={0} x2={WIDTH} y1={FLOOR} y2={FLOOR} stroke="currentColor" strokeWidth={1} />
      {bands.map((accounts, band) => (
        <Column key={bandName(band)} band={band} accounts={accounts} share={accounts / most} />
      ))}
    </svg>
  )
}

function Column({ band, accounts, share }: { band: number; accounts: number; share: number }) {
  const height = accounts > 0 ? Math.max(2, share * (FLOOR - 24)) : 0
  const middle = band * STEP + STEP / 2
  return (
    <>
      <rect
        x={band * STEP + 6}
        y={FLOOR - height}
        width={STEP - 12}
        height={height}
        fill="var(--mantine-primary-color-filled)"
      />
      {accounts > 0 && (
        <text
          x={middle}
          y={FLOOR - height - 6}
          textAnchor="middle"
          fill="currentColor"
          fontSize={13}
        >
          {count(accounts)}
        </text>
      )}
      <text x={middle} y={FLOOR + 20} textAnchor="middle" fill="currentColor" fontSize={13}>
        {bandName(band)}
      </text>
    </>
  )
}

const Numbers = ({ bands }: { bands: readonly number[] }) => (
  <Table maw="24rem">
    <Table.Thead>
      <Table.Tr>
        <Table.Th>Score</Table.Th>
        <Table.Th ta="right">Accounts</Table.Th>
      </Table.Tr>
    </Table.Thead>
    <Table.Tbody>
      {bands.map((accounts, band) => (
        <Table.Tr key={bandName(band)}>
          <Table.Th scope="row" fw={400}>
            {bandName(band)}
          </Table.Th>
          <Table.Td ta="right">{count(accounts)}</Table.Td>
        </Table.Tr>
      ))}
    </Table.Tbody>
  </Table>
)
