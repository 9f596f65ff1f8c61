import { startTestServer } from '../test/support/server.js'

// Fuzzes the whole API: npm run fuzz [-- REQUESTS [SEED]], or the mails: npm run fuzz -- mail [CASES
// [SEED]]. Exit code 1 when something is wrong.
if (process.argv[2] === 'mail') {
  process.argv.splice(2, 1)
  await import('./fuzz-mail.js')
  process.exit()
}
const [requests = '100000', seed = String(Date.now() % 1_000_000)] = process.argv.slice(2)
const server = await startTestServer()
process.env.CORDON_TEST_DATABASE_URL = server.url
const { runFuzz } = await import('../test/support/fuzz/run.js')
console.error(`seed ${seed}`)
const found = await runFuzz(Number(requests), {
  seed: Number(seed),
  onProgress: (done) => {
    if (done % 4_000 === 0) console.error(`  ${done.toLocaleString('en')} of ${requests}`)
  },
})
await server.close()
const { problems, unaudited, asked, reached, ...counts } = found
console.log(JSON.stringify({ seed: Number(seed), ...counts }, null, 2))
console.log(`reached ${reached.length} of ${asked.length} calls`)
for (const id of asked.filter((each) => !reached.includes(each)))
  console.log(`  never let through: ${id}`)
for (const problem of problems) console.log(`PROBLEM ${problem}`)
for (const { changed, transactions } of unaudited) {
  console.log(`UNAUDITED ${changed} in ${transactions} transactions`)
}
process.exit(problems.length + unaudited.length > 0 ? 1 : 0)
