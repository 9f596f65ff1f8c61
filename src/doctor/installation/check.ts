/** One thing about this installation, as people read it. */
export type Check = {
  name: string
  result: 'ok' | 'warning' | 'broken'
  says: string
}

export const ok = (name: string, says: string): Check => ({ name, result: 'ok', says })
export const warning = (name: string, says: string): Check => ({ name, result: 'warning', says })
export const broken = (name: string, says: string): Check => ({ name, result: 'broken', says })

/** What can be set and is worth a word. */
export type Settings = {
  fourEyes: boolean
  hasMailServer: boolean
  takesBounces: boolean
  publicUrl: string | undefined
  hasOwnDatabase: boolean
  hasOwnKey: boolean
}

/** Settings that work, and that somebody who answers for accounts may not want. */
export function settingChecks(settings: Settings): Check[] {
  const { fourEyes, hasMailServer, takesBounces, publicUrl, hasOwnDatabase, hasOwnKey } = settings
  const name = 'settings'
  const found = [
    ...(fourEyes ? [] : ['FOUR_EYES=off: one person alone can approve and run a sweep.']),
    ...(hasMailServer ? [] : ['No SMTP_URL: mail stays in the built-in mailbox, nobody is told.']),
    ...(hasMailServer && !takesBounces
      ? ['No MAIL_BOUNCE_DOMAIN: mail that did not arrive does not come back as a case.']
      : []),
    ...(hasMailServer && !publicUrl?.startsWith('https://')
      ? ['PUBLIC_URL is no https origin: the links in mails lead to where nobody should type.']
      : []),
    ...(hasOwnDatabase && !hasOwnKey
      ? ['DATABASE_URL without ENCRYPTION_KEY: the key lies in the data directory of one machine.']
      : []),
  ]
  if (found.length === 0) return [ok(name, 'nothing to warn of')]
  return found.map((says) => warning(name, says))
}

/** Two clocks this far apart do not matter: lifetimes are the database's. Further, logs mislead people. */
const SKEW_MS = 2_000

export function clockCheck(skewMs: number): Check {
  const seconds = (Math.abs(skewMs) / 1_000).toFixed(1)
  if (Math.abs(skewMs) <= SKEW_MS) return ok('clocks', `${seconds} s apart from the database`)
  const says = `This machine is ${seconds} s ${skewMs > 0 ? 'ahead of' : 'behind'} the database. Lifetimes are measured there; set the clock (NTP), or webhooks signed here are refused.`
  return warning('clocks', says)
}

export type Migrations = { missing: string[]; unknown: string[]; broken: string[] }

export function migrationCheck({ missing, unknown, broken: torn }: Migrations): Check {
  const name = 'migrations'
  if (torn.length > 0)
    return broken(name, `${torn.join(', ')} broke off. Restore the backup from before the upgrade.`)
  if (missing.length > 0)
    return broken(name, `${missing.join(', ')} not applied. The next start of Cordon applies them.`)
  if (unknown.length > 0)
    return broken(name, `${unknown.join(', ')} unknown here: a newer Cordon was at work. Upgrade.`)
  return ok(name, 'all applied')
}

/** Workers write one a minute while something happens, and one an hour in any case. */
const SILENT_MS = 2 * 3_600_000

export type Checkpoints = { folder: string; count: number; newest: Date | undefined; now: Date }

export function checkpointCheck({ folder, count, newest, now }: Checkpoints): Check {
  const name = 'checkpoints'
  if (newest === undefined)
    return warning(name, `${folder} holds none yet: a worker writes one every minute.`)
  const hours = (now.getTime() - newest.getTime()) / 3_600_000
  if (hours * 3_600_000 > SILENT_MS)
    return warning(name, `The newest of ${count} in ${folder} is ${hours.toFixed(0)} h old.`)
  return ok(name, `${count} in ${folder}, the newest of ${newest.toISOString()}`)
}
