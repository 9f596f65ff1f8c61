import { parseArgs } from 'node:util'
import { faultsIn, type Requirement, requirements } from './asvs-proofs.js'

const { values } = parseArgs({
  options: { json: { type: 'boolean', default: false }, open: { type: 'boolean', default: false } },
})

const LEVELS = [1, 2, 3] as const

const all = requirements()
const faults = faultsIn(all)
const totals = LEVELS.map((level) => {
  const ofLevel = all.filter((each) => each.level === level)
  const written = ofLevel.filter(({ by = [] }) => by.some((proof) => proof.includes('.md # ')))
  const open = ofLevel.filter((each) => each.open !== undefined).length
  const tested = ofLevel.length - open - written.length
  return { level, applicable: ofLevel.length, tested, written: written.length, open }
})

const describe = ({ id, level, what, by = [], open }: Requirement) =>
  [
    `${id.padEnd(8)} L${level}  ${open === undefined ? 'proven' : 'open  '}  ${what}`,
    ...by.map((proof) => `                      ${proof}`),
    ...(open === undefined ? [] : [`                      ${open}`]),
  ].join('\n')

if (values.json) console.log(JSON.stringify({ totals, faults, requirements: all }))
else {
  const shown = values.open ? all.filter(({ open }) => open !== undefined) : all
  console.log(shown.map(describe).join('\n'))
  console.log('\nlevel  applicable  by a test  in writing  open')
  for (const { level, applicable, tested, written, open } of totals) {
    const cells = [applicable, tested, written, open]
    const widths = [10, 9, 10, 4]
    const row = cells.map((cell, at) => String(cell).padStart(widths[at] ?? 0)).join('  ')
    console.log(`L${level}     ${row}`)
  }
  for (const fault of faults) console.log(`FAILED ${fault}`)
}
process.exitCode = faults.length > 0 ? 1 : 0
