import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type Finding, run } from './tool.js'

/** All that need no other machine: `ssrf` and `xxe` call out, `nikto` and `wapp` load lists first. */
const MODULES =
  'sql,blindsql,xss,permanentxss,exec,file,crlf,redirect,htaccess,methods,shellshock,backup,csp,http_headers,cookieflags,csrf'

type Report = Record<
  'vulnerabilities' | 'anomalies',
  Record<string, { method: string; path: string; parameter: string | null; info: string }[]>
>

export type WapitiResult = { isFinished: boolean; findings: Finding[] }

/** Crawls from the given paths and attacks what it finds. */
export async function wapiti(
  base: string,
  paths: readonly string[],
  {
    name,
    folder,
    endsAt,
    modules = MODULES,
  }: { name: string; folder: string; endsAt: number; modules?: string },
): Promise<WapitiResult> {
  const report = join(folder, `wapiti-${name}.json`)
  const seconds = Math.max(Math.round((endsAt - Date.now()) / 1_000), 1)
  const args = [
    ...['--url', `${base}/`, '--scope', 'domain', '--module', modules],
    ...paths.flatMap((path) => ['--start', `${base}${path}`]),
    ...['--format', 'json', '--output', report, '--no-bugreport', '--flush-session'],
    ...['--store-session', join(folder, `wapiti-${name}`), '--timeout', '15'],
    ...['--max-scan-time', String(Math.round(seconds / 4))],
    ...['--max-attack-time', String(Math.max(Math.round(seconds / 8), 10))],
  ]
  const { output, isCut } = await run('wapiti', args, { folder, endsAt })
  writeFileSync(join(folder, `wapiti-${name}.log`), output)
  if (!existsSync(report)) return { isFinished: false, findings: [] }
  const { vulnerabilities, anomalies } = JSON.parse(readFileSync(report, 'utf8')) as Report
  const findings = [vulnerabilities, anomalies].flatMap((kind) =>
    Object.entries(kind).flatMap(([what, found]) =>
      found.map(({ method, path, parameter, info }) => ({
        tool: 'wapiti',
        what,
        where: `${method} ${path}`,
        detail: parameter ? `${parameter}: ${info}` : info,
      })),
    ),
  )
  return { isFinished: !isCut, findings }
}
