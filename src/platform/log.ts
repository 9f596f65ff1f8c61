import winston from 'winston'

/** `event` is a dotted name, `facts` are flat ids and counts: never an address, token or password. */
export type Log = {
  info(event: string, facts?: Facts): void
  warn(event: string, facts?: Facts): void
  error(event: string, facts?: Facts): void
}
type Facts = Record<string, string | number | boolean | bigint | undefined>

export const LOG_LEVELS = ['error', 'warn', 'info', 'debug', 'silent'] as const
export type LogLevel = (typeof LOG_LEVELS)[number]

/** JSON lines on standard error, so that standard output stays free for answers. */
export function createLog(level: LogLevel): Log {
  const logger = winston.createLogger({
    level: level === 'silent' ? 'error' : level,
    silent: level === 'silent',
    format: winston.format.combine(
      winston.format.timestamp(),
      winston.format.json({ replacer: redacted }),
    ),
    transports: [
      new winston.transports.Console({ stderrLevels: ['error', 'warn', 'info', 'debug'] }),
    ],
  })
  const at =
    (severity: 'info' | 'warn' | 'error') =>
    (event: string, facts: Facts = {}) => {
      logger.log(severity, event, withoutBigInts(facts))
    }
  return { info: at('info'), warn: at('warn'), error: at('error') }
}

/** What must never be in a log, whoever wrote it there by mistake (I16): addresses, keys, tokens, codes. */
const SECRETS =
  /[^\s"'<>@,;:()]+@[^\s"'<>@,;:()]+\.[^\s"'<>@,;:()]+|\b(?:whsec_|ck_)[\w+/=-]+|\b[\w-]{43}\b/g

/** Text with everything of that kind taken out. */
export const redact = (text: string): string => text.replace(SECRETS, '[redacted]')

const redacted = (_name: string, value: unknown) =>
  typeof value === 'string' ? redact(value) : value

const withoutBigInts = (facts: Facts) =>
  Object.fromEntries(
    Object.entries(facts).map(([name, value]) => [
      name,
      typeof value === 'bigint' ? String(value) : value,
    ]),
  )
