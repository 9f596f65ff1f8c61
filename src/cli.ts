#!/usr/bin/env node
import { reportFailure } from './cli/failure.js'
import { buildProgram } from './cli/program.js'

try {
  await buildProgram().parseAsync()
} catch (error) {
  process.exitCode = reportFailure(error, process.argv.includes('--json'))
}
