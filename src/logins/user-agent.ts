import { getParser } from 'bowser'

/** Name and version of browser and operating system, such as `Chrome 131`; `null` is unknown. */
export type Agent = { browser: string | null; os: string | null }

type Named = { name?: string; version?: string; versionName?: string }

const UNKNOWN: Readonly<Agent> = Object.freeze({ browser: null, os: null })
/** The last part of a longer version is a build, which the whole user agent tells apart already. */
const VERSION_PARTS = 3

/**
 * Reads a user agent of any text, as the columns "Browser Name and Version" and "OS Name and Version"
 * of the RBA data set (Wiefling et al. 2022, doi 10.1145/3546069) have it: `Chrome 46.0.2490` and
 * `Mac OS X 10.14.6`, but without zeros at the end of a version.
 */
export function readUserAgent(text: string): Agent {
  if (text === '') return UNKNOWN
  const parser = getParser(text)
  const { name, version } = parser.getBrowser()
  return { browser: versioned(name, version), os: systemName(parser.getOS()) }
}

/** `readUserAgent` that reads each distinct text once: few user agents make up most logins. */
export function agentReader(): (text: string | null) => Agent {
  const known = new Map<string, Agent>()
  return (text) => {
    if (text === null) return UNKNOWN
    const agent = known.get(text) ?? readUserAgent(text)
    known.set(text, agent)
    return agent
  }
}

function systemName({ name, version, versionName }: Named): string | null {
  if (name === 'Windows') return versioned(name, versionName ?? version)
  return versioned(name === 'macOS' ? 'Mac OS X' : name, version)
}

function versioned(name?: string, version = ''): string | null {
  if (!name) return null
  const parts = version.split('.').slice(0, VERSION_PARTS)
  while (parts.length > 1 && parts.at(-1) === '0') parts.pop()
  return `${name} ${parts.join('.')}`.trim()
}
