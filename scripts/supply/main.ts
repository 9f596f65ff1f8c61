import { checkSupply } from './checks.js'
import { productionPlaces, readLockfile, readManifest } from './lockfile.js'
import { BELOW_FLOOR, INSTALL_SCRIPTS, LICENCE_EXCEPTIONS, REVIEWED } from './policy.js'

const lock = readLockfile()
const checks = checkSupply({ lock, manifest: readManifest(), now: new Date() })

for (const { name, looked, faults } of checks) {
  const verdict = faults.length === 0 ? 'ok' : 'FAILED'
  console.log(`${verdict.padEnd(6)}  ${name.padEnd(16)} ${String(looked).padStart(4)} looked at`)
  for (const fault of faults) console.log(`        ${fault}`)
}
console.log(`
An installed Cordon is made of ${productionPlaces(lock).length} packages, those for other systems included.
Advisories were looked for on ${REVIEWED}.

May run a program when installed:`)
for (const { name, runs, reason } of INSTALL_SCRIPTS) {
  console.log(`  ${runs ? 'yes' : 'no '}  ${name.padEnd(32)} ${reason}`)
}
console.log('\nBelow a floor, in development only:')
for (const { place, reason } of BELOW_FLOOR) console.log(`  ${place}: ${reason}`)
console.log('\nLicences that were looked up:')
for (const { name, licence, reason } of LICENCE_EXCEPTIONS) {
  console.log(`  ${licence.padEnd(10)} ${name}: ${reason}`)
}
process.exitCode = checks.some(({ faults }) => faults.length > 0) ? 1 : 0
