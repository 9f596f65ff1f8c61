import type { App } from './app.js'
import { openAll } from './cases/service.js'
import { type Config, encryptionKey } from './config.js'
import { returnAddress, returnKey } from './mail/returns/address.js'
import { startReturns } from './mail/returns/jobs.js'
import type { OnReturned } from './mail/returns/service.js'
import type { Intake } from './platform/smtp-intake.js'

type ReturnConfig = Pick<Config, 'returns' | 'dataDir' | 'encryptionKey'>

/** Makes the envelope sender of each mail; none while there is no domain for them. */
export function returnPathOf(config: ReturnConfig): ((mailId: string) => string) | undefined {
  const { domain } = config.returns
  if (domain === undefined) return undefined
  const key = returnKey(encryptionKey(config))
  return (mailId) => returnAddress(mailId, domain, key)
}

/**
 * Listens at `BOUNCE_ADDR` for bounces, complaints and seed copies; not at all when that is not set.
 * Refuses with `port_taken` or `configuration_invalid`.
 */
export async function startReturnsListener(app: App): Promise<Intake | undefined> {
  const { domain, listen, seeds } = app.config.returns
  if (listen === undefined) return undefined
  const keys = [returnKey(encryptionKey(app.config))]
  return startReturns({ ...app, bounceDomain: domain, onReturned }, { listen, keys, seeds })
}

/** What came back is a question for people; one case per sweep and account. */
export const onReturned: OnReturned = (tx, { accountNo, sweepId, reason, isFunded }) =>
  openAll(
    tx,
    [
      {
        accountNo,
        sweepId,
        tier: reason === 'mail_complained' ? 'complained' : 'undelivered',
        priority: isFunded ? 'high' : 'normal',
        score: isFunded ? 100 : 50,
        because: [reason],
      },
    ],
    'cordon',
  )
