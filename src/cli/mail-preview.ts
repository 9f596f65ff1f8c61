import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { Command, Option } from 'commander'
import { senderOf } from '../app.js'
import { currentConfig } from '../config.js'
import { previewPage } from '../mail/preview/page.js'
import { type Preview, previewAll } from '../mail/preview/preview.js'
import { MAIL_PURPOSES, type MailPurpose } from '../mail/state.js'
import type { Finding } from '../mail/translation-gate/finding.js'
import { checkTranslations } from '../mail/translation-gate/gate.js'
import { LOCALES, type Locale } from '../values/locale.js'
import { isJson } from './context.js'
import { faint, good, print, printJson, warning } from './terminal.js'

type Options = { locale?: Locale; purpose?: MailPurpose; out?: string; check?: true }

export const mailPreviewCommand = (): Command =>
  new Command('preview')
    .description('show every mail as account holders would get it; sends nothing, reads no account')
    .addOption(new Option('--locale <locale>', 'only this language').choices(LOCALES))
    .addOption(new Option('--purpose <purpose>', 'only this purpose').choices(MAIL_PURPOSES))
    .option('--out <folder>', 'write a page to look at: FOLDER/index.html')
    .option('--check', 'also ask the translation gate, over all languages')
    .option('--json', 'answer in JSON')
    .action(preview)

async function preview(options: Options, command: Command): Promise<void> {
  const { sender, signingKeys } = senderOf(currentConfig())
  const mails = await previewAll(sender, signingKeys, options)
  const findings = options.check ? await checkTranslations(sender) : undefined
  const page = options.out ? writePage(options.out, previewPage(mails, findings)) : undefined
  const failed = mails.filter(({ gate }) => gate !== 'passed')
  if (failed.length + (findings?.length ?? 0) > 0) process.exitCode = 2
  if (isJson(command)) return printJson({ mails, findings: findings ?? null, page: page ?? null })
  show(mails, findings)
  if (page) print(`Open ${page} in a browser.`)
}

function writePage(folder: string, page: string): string {
  mkdirSync(folder, { recursive: true })
  const file = join(folder, 'index.html')
  writeFileSync(file, page)
  return file
}

function show(mails: readonly Preview[], findings: readonly Finding[] | undefined): void {
  for (const mail of mails.filter(({ gate, fixture }) => gate !== 'passed' || fixture === FIRST)) {
    const gate = mail.gate === 'passed' ? good('passed') : warning(`${mail.gate}: ${mail.fixture}`)
    print(`${mail.purpose.padEnd(13)} ${mail.locale.padEnd(6)} ${mail.subject}  ${gate}`)
  }
  for (const { check, locale, where, says } of findings ?? [])
    print(warning(`${check}  ${locale}  ${where}: ${says}`))
  const failed = mails.filter(({ gate }) => gate !== 'passed').length
  print(faint(`${mails.length} mails, ${failed} stopped by the gate. Nothing was sent.`))
  if (findings) print(faint(`The translation gate found ${findings.length}.`))
}

/** The one that stands for all on a terminal; the page shows every one. */
const FIRST = 'with a phrase'
