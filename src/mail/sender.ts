import type { Address } from '../values/address.js'
import type { SigningIdentity } from './signing/keys.js'

/** What every mail says about who sent it. Comes from configuration, never from a request. */
export type Sender = {
  /** The mailbox in `From:` and in the envelope. */
  from: Address
  /** Where people may ask, when there is such a mailbox; the only other address a mail may show. */
  support: Address | null
  /** What account holders call the platform. */
  siteName: string
  /** The origin of every link: `PUBLIC_URL`. */
  publicUrl: string
  /** How long the link of a reset works. */
  linkHours: number
  /** Whose DKIM signatures every mail carries, in this order; none where no key is configured. */
  signing: readonly SigningIdentity[]
}

/** The one page a mail ever links to. */
export const resetLink = (publicUrl: string, token: string): string =>
  new URL(`/reset/${token}`, publicUrl).href
