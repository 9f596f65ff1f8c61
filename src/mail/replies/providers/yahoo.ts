import { HOUR, MINUTE, type ReplyRule } from '../rule.js'

const HELP = "Yahoo's list of SMTP errors (senders.yahooinc.com/smtp-error-codes)"
const KC = "KumoMTA's community shaping file"

export const YAHOO: readonly ReplyRule[] = [
  {
    id: 'yahoo.complaints',
    provider: 'yahoo',
    pattern: /\[(?:IP)?TSS?0?5\]|\[IPTS05\]|\[TSS05\]/i,
    verdict: 'block_reputation',
    waitSeconds: 4 * HOUR,
    pauseSeconds: 4 * HOUR,
    samples: [
      '421 4.7.0 [TSS05] Messages from 192.0.2.25 temporarily deferred due to unexpected volume or user complaints - 4.16.55.1; see https://postmaster.yahooinc.com/error-codes',
      '421 4.7.0 [IPTS05] Messages from 192.0.2.25 temporarily deferred due to user complaints',
    ],
    source: KC,
  },
  {
    id: 'yahoo.deferred_for_hours',
    provider: 'yahoo',
    pattern: /\[(?:IP)?TSS?0?4\]/i,
    verdict: 'throttle_lane',
    waitSeconds: 2 * HOUR,
    pauseSeconds: 2 * HOUR,
    samples: [
      '421 4.7.0 [TSS04] Messages from 192.0.2.25 temporarily deferred due to unexpected volume or user complaints - 4.16.55.1; see https://postmaster.yahooinc.com/error-codes',
      '421 4.7.0 [TS04] Messages from 192.0.2.25 temporarily deferred due to unexpected volume',
      '421 [IPTS04] Messages from 192.0.2.25 temporarily deferred due to user complaints',
    ],
    source: `KumoMTA's shaping file: two hours, told by Yahoo`,
  },
  {
    id: 'yahoo.deferred_until_review',
    provider: 'yahoo',
    pattern: /\[TSS?0?3\]|permanently deferred/i,
    verdict: 'block_reputation',
    waitSeconds: 4 * HOUR,
    pauseSeconds: 4 * HOUR,
    samples: [
      '421 4.7.1 [TS03] All messages from 192.0.2.25 will be permanently deferred; Retrying will NOT succeed. See https://postmaster.yahooinc.com/error-codes',
    ],
    source: `${HELP}: do not retry before a review; Momentum suspends for four hours`,
  },
  {
    id: 'yahoo.slow',
    provider: 'yahoo',
    pattern: /\[TSS?0?[12]\]/i,
    verdict: 'throttle_lane',
    waitSeconds: 30 * MINUTE,
    pauseSeconds: 2 * MINUTE,
    samples: [
      '421 4.7.0 [TS01] Messages from 192.0.2.25 temporarily deferred due to user complaints - 4.16.55.1',
      '421 4.7.0 [TSS02] Messages from 192.0.2.25 temporarily deferred due to excessive user complaints',
      '421 4.7.0 [TS02] Messages from 192.0.2.25 temporarily deferred due to user complaints - 4.16.56.1',
    ],
    source: KC,
  },
  {
    id: 'yahoo.deferred',
    provider: 'yahoo',
    pattern: /temporarily deferred - \[\d+\]|message temporarily deferred|4\.16\.5\d\b/i,
    verdict: 'throttle_lane',
    waitSeconds: 15 * MINUTE,
    samples: [
      '451 Message temporarily deferred - [170]',
      '451 4.3.2 Message temporarily deferred - 4.16.51. Please refer to https://postmaster.yahooinc.com/error-codes',
    ],
    source: HELP,
  },
  {
    id: 'yahoo.messages_per_connection',
    provider: 'yahoo',
    pattern: /max(?:imum)? message(?:s)? per (?:connection|session) reached/i,
    verdict: 'throttle_lane',
    waitSeconds: 5 * MINUTE,
    samples: ['421 Max message per connection reached, closing transmission channel'],
    source: KC,
  },
  {
    id: 'yahoo.connections',
    provider: 'yahoo',
    pattern: /too many (?:concurrent )?connections|connection limit/i,
    verdict: 'throttle_lane',
    waitSeconds: 10 * MINUTE,
    action: 'fewer_connections',
    samples: ['421 4.7.0 Too many concurrent connections from 192.0.2.25'],
    source: HELP,
  },
  {
    id: 'yahoo.blocked',
    provider: 'yahoo',
    pattern: /\[BL\d\d\]|spamhaus|connections from .{2,60} (?:not accepted|will not be accepted)/i,
    verdict: 'block_reputation',
    pauseSeconds: 2 * HOUR,
    samples: [
      "553 5.7.1 [BL21] Connections will not be accepted from 192.0.2.25, because the ip is in Spamhaus's list; see https://postmaster.yahooinc.com/550-bl23",
      '553 5.7.1 [BL23] Connections not accepted from IP addresses on Spamhaus XBL',
    ],
    source: KC,
  },
  {
    id: 'yahoo.authentication',
    provider: 'yahoo',
    pattern:
      /5\.7\.9 .{0,60}(?:dmarc|policy)|dmarc|spf and dkim|did not pass authentication|5\.0\.0 .{0,60}dkim/i,
    verdict: 'auth_config',
    samples: [
      '554 5.7.9 Message not accepted for policy reasons. See https://postmaster.yahooinc.com/error-codes',
      '550 5.7.9 This mail has been blocked because the sender is unauthenticated. Yahoo requires all senders to authenticate with either SPF or DKIM and DMARC',
    ],
    source: `${HELP}: 554 5.7.9 is a failed DMARC check`,
  },
  {
    id: 'yahoo.content',
    provider: 'yahoo',
    pattern: /\[PH\d\d\]|message (?:content )?not (?:allowed|accepted) for delivery/i,
    verdict: 'content',
    samples: [
      '554 Message not allowed - [PH01] Email not accepted for policy reasons. Please visit https://postmaster.yahooinc.com/error-codes',
    ],
    source: 'forwardemail.net',
  },
  {
    id: 'yahoo.gone',
    provider: 'yahoo',
    pattern:
      /does ?n.t have a .{1,40} account|mailbox (?:is )?disabled|\(?#?5\.2\.1\)?|delivery error: dd/i,
    verdict: 'recipient_gone',
    samples: [
      "554 delivery error: dd This user doesn't have a yahoo.com account (ann@yahoo.com) [0] - mta4012.mail.bf1.yahoo.com",
      '554 delivery error: dd Sorry, your message to ann@yahoo.com cannot be delivered. This mailbox is disabled (554.30).',
      "552 1 Requested mail action aborted, mailbox not found: This user doesn't have a aol.com account (ann@aol.com) [0]",
    ],
    source: HELP,
  },
  {
    id: 'yahoo_japan.deferred',
    provider: 'yahoo_japan',
    pattern: /VS\d\d-IP\d|\[(?:IP)?TSS?0?\d\]|timeout waiting for command|temporarily deferred/i,
    verdict: 'throttle_lane',
    waitSeconds: HOUR,
    pauseSeconds: 30 * MINUTE,
    samples: [
      '421 VS98-IP0 deferred - see https://support.yahoo-net.jp/PccMail/s/article/H000007349',
      '421 [TSS04] Messages from 192.0.2.25 temporarily deferred',
      '421 [IPTS04] Messages from 192.0.2.25 temporarily deferred due to user complaints',
      '421 Timeout waiting for command',
    ],
    source: `${KC} suspends for an hour`,
  },
]
