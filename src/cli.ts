#!/usr/bin/env node
import { reportFailure } from './cli/failure.js'
import { buildProgram } from './cli/program.js'

try {
  const program = await buildProgram(process.argv.slice(2))
  await program.parseAsync()
} catch (error) {
  process.exitCode = reportFailure(error, process.argv.includes('--json'))
}
