import { generateSecret, generateURI, verifySync } from 'otplib'

export const TOTP_PERIOD_SECONDS = 30
const TOTP_CODE = /^\d{6}$/

/**
 * The time step whose code this is (RFC 6238 §5.2), one step of drift allowed either way, or
 * `undefined`. Steps up to `lastStep` are spent: whoever accepts a step must store it at once.
 */
export function matchTotp(
  secret: string,
  code: string,
  clock: { seconds: number; lastStep: number },
): number | undefined {
  if (!TOTP_CODE.test(code)) return undefined
  const result = verifySync({
    secret,
    token: code,
    epoch: clock.seconds,
    epochTolerance: TOTP_PERIOD_SECONDS,
    ...(clock.lastStep >= 0 ? { afterTimeStep: clock.lastStep } : {}),
  })
  return result.valid && 'timeStep' in result ? result.timeStep : undefined
}

/** What an authenticator app reads from the QR code. */
export const totpUri = (issuer: string, label: string, secret: string): string =>
  generateURI({ issuer, label, secret })

/** A new secret of 160 bits (RFC 4226 §4 R6). */
export const mintTotpSecret = (): string => generateSecret()
