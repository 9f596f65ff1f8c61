import { HOUR, MINUTE, type ReplyRule } from '../rule.js'

const SOURCE = "KumoMTA's community shaping file; forwardemail.net; support.apple.com/102322"

export const APPLE: readonly ReplyRule[] = [
  {
    id: 'apple.recipient_rate',
    provider: 'apple',
    pattern: /messages to .{2,120} deferred due to excessive volume/i,
    verdict: 'throttle_recipient',
    waitSeconds: HOUR,
    samples: [
      '421 4.7.1 Messages to ann@icloud.com deferred due to excessive volume. Try again later - https://support.apple.com/en-us/HT204137',
    ],
    source: SOURCE,
  },
  {
    id: 'apple.deferred',
    provider: 'apple',
    pattern: /\[HC?M\d\].{0,200}deferred|\[HCM1\]|\[BS02\]|service unavailable - try again later/i,
    verdict: 'throttle_lane',
    waitSeconds: 15 * MINUTE,
    pauseSeconds: MINUTE,
    samples: [
      '421 4.7.0 [HCM1] Your mail from 192.0.2.25 was deferred due to unusual volume. Visit https://support.apple.com/102322',
      '451 4.7.1 Service unavailable - try again later',
      '451 [BS02] Message temporarily deferred',
    ],
    source: SOURCE,
  },
  {
    id: 'apple.blocked',
    provider: 'apple',
    pattern: /\[(?:HM08|CS01|HME\d)\]|local policy|spamhaus|blocked using/i,
    verdict: 'block_reputation',
    pauseSeconds: 4 * HOUR,
    samples: [
      '550 5.7.1 [HM08] Message rejected due to local policy. Please visit https://support.apple.com/102322',
      '554 5.7.1 [CS01] Message rejected due to local policy. Please visit https://support.apple.com/102322',
      '550 5.7.1 Mail from IP 192.0.2.25 was rejected due to listing in Spamhaus SBL. For details please see http://www.spamhaus.org/query/ip/192.0.2.25',
    ],
    source: `${SOURCE}: four hours for Spamhaus`,
  },
  {
    id: 'apple.full',
    provider: 'apple',
    pattern: /user is over quota|over quota/i,
    verdict: 'mailbox_full',
    waitSeconds: 4 * HOUR,
    samples: ['552 5.2.2 <ann@icloud.com>: user is over quota (in reply to RCPT TO command)'],
    source: SOURCE,
  },
]
