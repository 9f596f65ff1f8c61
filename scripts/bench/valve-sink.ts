import { type SinkOptions, startSink } from '../../test/support/smtp-sink.js'

// A mail server in a process of its own: counts dots, by its own clock, and is as slow as it is told.
const options: SinkOptions = { countOnly: true }
const sink = await startSink(options)
process.on('message', (asked: 'count' | SinkOptions) => {
  if (asked !== 'count') Object.assign(options, asked)
  process.send?.({ dots: sink.dots, lastDotAtMs: sink.lastDotAtMs })
})
process.on('disconnect', () => process.exit(0))
process.send?.({ url: sink.url })
