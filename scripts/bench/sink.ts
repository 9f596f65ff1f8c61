import { SMTPServer } from 'smtp-server'

// A sink in a process of its own: takes everything, keeps nothing, counts messages and recipients.
let messages = 0
let recipients = 0
const server = new SMTPServer({
  disabledCommands: ['AUTH', 'STARTTLS'],
  disableReverseLookup: true,
  onRcptTo(_address, _session, done) {
    recipients += 1
    done()
  },
  onData(stream, _session, done) {
    stream.resume()
    stream.on('end', () => {
      messages += 1
      done()
    })
  },
})
server.listen(0, '127.0.0.1', () => {
  const address = server.server.address()
  process.send?.({ port: typeof address === 'object' && address ? address.port : 0 })
})
process.on('message', () => process.send?.({ messages, recipients }))
process.on('disconnect', () => process.exit(0))
