#!/usr/bin/env node
import { reportFailure } from './cli/failure.js'
import { buildProgram } from './cli/program.js'

// Whoever reads us has seen enough, as `head` has. What is under way goes on to its end.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error
})

try {
  const program = await buildProgram(process.argv.slice(2))
  await program.parseAsync()
} catch (error) {
  process.exitCode = reportFailure(error, process.argv.includes('--json'))
}
