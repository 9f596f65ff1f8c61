import { createWriteStream } from 'node:fs'
import { pipeline } from 'node:stream/promises'
import { Command, Option } from 'commander'
import type { App } from '../app.js'
import { renderReport } from '../sweeps/report/html.js'
import { reportCsv, sweepReport } from '../sweeps/report/service.js'
import { withApp } from './context.js'
import { refuseUnwritable } from './files.js'

type Format = 'html' | 'json' | 'csv'

export const reportCommand = (): Command =>
  new Command('report')
    .description('write the report of a sweep: a page, its numbers, or a line per account')
    .argument('<id>', 'the sweep')
    .addOption(
      new Option('--format <format>', 'what to write')
        .choices(['html', 'json', 'csv'])
        .default('html'),
    )
    .option('--out <file>', 'where to; standard output when left out')
    .action((id: string, options: { format: Format; out?: string }) => {
      if (options.out) refuseUnwritable(options.out)
      return withApp((app) => write(pieces(app, id, options.format), options.out))
    })

async function write(content: AsyncIterable<string>, file: string | undefined): Promise<void> {
  if (file) await pipeline(content, createWriteStream(file, { mode: 0o600 }))
  else await pipeline(content, process.stdout, { end: false })
}

async function* pieces(app: App, id: string, format: Format): AsyncGenerator<string> {
  if (format === 'csv') return yield* reportCsv(app.db, id)
  const report = await sweepReport(app.db, id, { transport: app.transport })
  yield format === 'html' ? renderReport(report) : `${JSON.stringify(report)}\n`
}
