import { type Gap, gapOf } from '../../scripts/bench/timing/compare.js'
import { compareAccounts, compareStaff } from '../../scripts/bench/timing/people.js'
import { type PublicServer, startPublic } from '../support/public.js'
import { type StaffServer, startStaff } from '../support/staff.js'

// Short: it finds a missing hash or a missing statement. `npm run bench -- timing` measures (bar A8).

let staff: StaffServer
let open: PublicServer
beforeAll(async () => {
  staff = await startStaff()
  open = await startPublic()
})
afterAll(async () => {
  await staff.close()
  await open.close()
})

const SHORT = { requests: 160, concurrency: 1 }
const MOST_T = 6
/** Hashes are slow where cores are few and busy. */
const LIMIT_MS = 300_000

const lookAt = ({ t, tCropped }: Gap) => ({
  t: Math.abs(t) < MOST_T,
  cropped: Math.abs(tCropped) < MOST_T,
})
const ALIKE = { t: true, cropped: true }

test(
  'the time of a refusal does not tell known from unknown accounts',
  async () => {
    const gap = await compareAccounts({ ...open.deps, ...SHORT }, open.url, open.key)
    expect(lookAt(gap)).toEqual(ALIKE)
  },
  LIMIT_MS,
)

test.each([
  ['from anywhere', false],
  ['from the network they work in', true],
])(
  'the time of a refusal does not tell known from unknown staff, %s',
  async (_case, isAtHome) => {
    const gap = await compareStaff({ ...staff.deps, ...SHORT }, staff.url, isAtHome)
    expect(lookAt(gap)).toEqual(ALIKE)
  },
  LIMIT_MS,
)

test('a difference of a missing hash would be seen', () => {
  const noise = (at: number) => Array.from({ length: 200 }, (_, no) => at + (no % 20))
  const gap = gapOf({ known: noise(40), unknown: noise(10) })
  expect(lookAt(gap)).toEqual({ t: false, cropped: false })
})
