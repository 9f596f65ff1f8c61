import { SMTPServer } from 'smtp-server'

// A sink in a process of its own that puts off a share of each domain's mails at their first attempt,
// the same ones in every run, and takes everything else.
const shares = JSON.parse(process.argv[2] ?? '{}') as Record<string, number>
const AGAIN_SECONDS = Number(process.argv[3] ?? '4')

/** From 0 to 1, by the address alone. */
function chanceOf(address: string): number {
  let hash = 2_166_136_261
  for (const character of address) {
    hash = Math.imul(hash ^ character.charCodeAt(0), 16_777_619) >>> 0
  }
  return hash / 2 ** 32
}

const seen = new Set<string>()
const server = new SMTPServer({
  disabledCommands: ['AUTH', 'STARTTLS'],
  disableReverseLookup: true,
  onRcptTo({ address }, _session, done) {
    const share = shares[address.slice(address.lastIndexOf('@') + 1)] ?? 0
    if (seen.has(address) || chanceOf(address) >= share) return done()
    seen.add(address)
    const greylisted = new Error(`4.7.1 Greylisted, try again in ${AGAIN_SECONDS} seconds`)
    done(Object.assign(greylisted, { responseCode: 451 }))
  },
  onData(stream, _session, done) {
    stream.resume()
    stream.on('end', () => done())
  },
})
server.listen(0, '127.0.0.1', () => {
  const address = server.server.address()
  process.send?.({ port: typeof address === 'object' && address ? address.port : 0 })
})
process.on('disconnect', () => process.exit(0))
