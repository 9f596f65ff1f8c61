import type { Check } from '../doctor/installation/check.js'
import type { Finding, Verdict } from '../doctor/invariant.js'
import type { Diagnosis } from './doctor.js'
import { alarm, faint, good, heading, number, print, warning } from './terminal.js'

const WORD = {
  ok: () => good('ok      '),
  warning: () => warning('warning '),
  broken: () => alarm('BROKEN  '),
  holds: () => good('holds   '),
  not_visible: () => faint('not seen'),
} as const

/** Everything that was looked at, a line each; more where something is wrong. */
export function showDiagnosis({ installation, invariants }: Diagnosis): void {
  if (installation.length > 0) print(heading('Installation'))
  for (const check of installation) showCheck(check)
  if (installation.length > 0 && invariants.length > 0) print()
  if (invariants.length > 0) print(heading('Invariants'))
  for (const verdict of invariants) showVerdict(verdict)
  print()
  print(summary([...installation, ...invariants]))
}

const showCheck = ({ name, result, says }: Check): void =>
  print(`  ${WORD[result]()}  ${name.padEnd(12)} ${says}`)

function showVerdict({ id, name, result, says, looked, ...rest }: Verdict): void {
  const note = result === 'holds' ? faint(`  ${number(looked)} questions`) : ''
  print(`  ${WORD[result]()}  ${id.padEnd(4)}${name.padEnd(15)} ${says}${note}`)
  const because = result === 'not_visible' ? rest.because : rest.unseen
  if (because) print(faint(`            ${because} ${shownBy(rest)}`))
  if (result !== 'broken') return
  for (const finding of rest.findings) showFinding(finding)
  print(`            ${heading('What to do:')} ${rest.remedy}`)
}

const shownBy = ({ shownBy: suites }: Pick<Verdict, 'shownBy'>) => `The rest: ${suites.join(', ')}.`

function showFinding({ finds, names, violations, examples }: Finding): void {
  print(`            ${number(violations)} × ${finds}`)
  const more = violations > examples.length ? ', …' : ''
  print(faint(`              ${names} ${examples.join(', ')}${more}`))
}

function summary(all: readonly { result: string }[]): string {
  const count = (result: string) => all.filter((each) => each.result === result).length
  const said = [
    `${count('ok') + count('holds')} well`,
    `${count('broken')} broken`,
    `${count('warning')} to think about`,
    `${count('not_visible')} not to be seen here`,
  ].join(', ')
  return count('broken') > 0 ? warning(`${said}.`) : good(`${said}.`)
}
