import { Group, Text } from '@mantine/core'
import { When } from '../../components/time.js'
import { judgedAs, type Login } from './words.js'

const WIDTH = 800
const LANES = { success: 28, failure: 72 } as const
const LEFT = 76

/** Logins along the time, in two lanes: got in, and failed. The shape says how each is judged. */
export function Timeline({ logins }: { logins: readonly Login[] }) {
  const times = logins.map(({ at }) => new Date(at).getTime())
  const from = Math.min(...times)
  const to = Math.max(...times)
  const x = (at: string) =>
    to === from
      ? (LEFT + WIDTH) / 2
      : LEFT + 10 + ((new Date(at).getTime() - from) / (to - from)) * (WIDTH - LEFT - 24)
  return (
    <figure style={{ margin: 0 }}>
      <svg
        viewBox={`0 0 ${WIDTH} 100`}
        width="100%"
        role="img"
        aria-label="Logins along the time; the table below says the same"
      >
        <Lane y={LANES.success} label="got in" />
        <Lane y={LANES.failure} label="failed" />
        {logins.map((login, index) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: logins have no id and keep their order
          <Mark key={index} login={login} x={x(login.at)} y={LANES[login.outcome]} />
        ))}
      </svg>
      <Group justify="space-between" pl={`${(LEFT / WIDTH) * 100}%`}>
        <Text size="xs" c="dimmed">
          <When at={new Date(from).toISOString()} />
        </Text>
        <Text size="xs" c="dimmed">
          <When at={new Date(to).toISOString()} />
        </Text>
      </Group>
      <Legend />
    </figure>
  )
}

const Lane = ({ y, label }: { y: number; label: string }) => (
  <>
    <text x={0} y={y + 5} fontSize={15} fill="var(--mantine-color-text)">
      {label}
    </text>
    <line x1={LEFT} x2={WIDTH} y1={y} y2={y} stroke="var(--mantine-color-dimmed)" opacity={0.4} />
  </>
)

const HOSTILE = 'light-dark(#b02525, #ff9d9d)'
const OWN = 'light-dark(#1864ab, #8ec5ff)'
const PLAIN = 'var(--mantine-color-dimmed)'

const CIRCLES = {
  ordinary: { r: 6, style: { stroke: OWN, fill: OWN } },
  familiar: { r: 6, style: { stroke: OWN, fill: 'none' } },
  unclear: { r: 2, style: { stroke: PLAIN, fill: PLAIN } },
} as const

type MarkProps = {
  login: Pick<Login, 'isHostile' | 'isFamiliar' | 'outcome'>
  x: number
  y: number
}

function Mark({ login, x, y }: MarkProps) {
  const judged = judgedAs(login)
  if (judged === 'hostile')
    return (
      <path
        d={`M${x - 6} ${y - 6} L${x + 6} ${y + 6} M${x - 6} ${y + 6} L${x + 6} ${y - 6}`}
        style={{ stroke: HOSTILE }}
        strokeWidth={2.5}
      />
    )
  return <circle cx={x} cy={y} {...CIRCLES[judged]} strokeWidth={2} />
}

const LEGEND = [
  { says: 'hostile', login: { isHostile: true, isFamiliar: false, outcome: 'failure' } },
  { says: 'ordinary login', login: { isHostile: false, isFamiliar: false, outcome: 'success' } },
  {
    says: 'failed in a familiar place',
    login: { isHostile: false, isFamiliar: true, outcome: 'failure' },
  },
  { says: 'unclear', login: { isHostile: false, isFamiliar: false, outcome: 'failure' } },
] as const

const Legend = () => (
  <Group gap="md" mt={4}>
    {LEGEND.map(({ says, login }) => (
      <Group key={says} gap={4}>
        <svg width={16} height={16} aria-hidden>
          <Mark login={login} x={8} y={8} />
        </svg>
        <Text size="xs">{says}</Text>
      </Group>
    ))}
  </Group>
)
