import { HOUR, MINUTE, type ReplyRule } from '../rule.js'

const K = "KumoMTA's shaping file"
const M = "Momentum's adaptive rules"

/** Access providers of North America and Asia, and the gateways in front of companies. */
export const AMERICAN: readonly ReplyRule[] = [
  {
    id: 'comcast.throttled',
    provider: 'comcast',
    pattern: /\bRL\d{6}\b/,
    verdict: 'throttle_lane',
    waitSeconds: 15 * MINUTE,
    pauseSeconds: 5 * MINUTE,
    samples: [
      '421 4.1.0 192.0.2.25 Throttled - try again later. Please see http://postmaster.comcast.net/smtp-error-codes.php#RL000001',
      '452 4.1.0 example.org sender domain throttled RL000010',
    ],
    source: K,
  },
  {
    id: 'comcast.blocked',
    provider: 'comcast',
    pattern: /\bBL\d{6}\b/,
    verdict: 'block_reputation',
    pauseSeconds: 2 * HOUR,
    samples: [
      '554 resimta-po-12v.sys.comcast.net comcast 192.0.2.25 Comcast block for spam. Please see http://postmaster.comcast.net/smtp-error-codes.php#BL000000',
    ],
    source: K,
  },
  {
    id: 'comcast.gone',
    provider: 'comcast',
    pattern: /not our customer|account not available|account is not (?:active|available)/i,
    verdict: 'recipient_gone',
    samples: ['550 5.1.1 Not our Customer', '550 5.2.0 ann Account not available'],
    source: 'postmaster.comcast.net',
  },
  {
    id: 'att.pace',
    provider: 'att',
    pattern: /too frequent connects|too many connections/i,
    verdict: 'throttle_lane',
    waitSeconds: HOUR,
    action: 'fewer_connections',
    samples: ['450 4.7.1 too frequent connects from 192.0.2.25, please try again later.'],
    source: M,
  },
  {
    id: 'att.blocked',
    provider: 'att',
    pattern: /blocked for abuse|blocked by rbl|error: listed|DNSRBL|fix reverse dns/i,
    verdict: 'block_reputation',
    pauseSeconds: 2 * HOUR,
    samples: [
      '521 192.0.2.25 blocked for abuse. See http://att.net/blocks',
      '553 5.3.0 flph399 DNSBL:RBL 521< 192.0.2.25 >_is_blocked.For assistance forward this error to abuse_rbl@abuse-att.net DNSRBL',
    ],
    source: M,
  },
  {
    id: 'mimecast.busy',
    provider: 'mimecast',
    pattern:
      /internal resource(?:s)? (?:is |are )?temporarily unavailable|temporarily unavailable/i,
    verdict: 'throttle_lane',
    waitSeconds: 30 * MINUTE,
    samples: [
      '451 Internal resource temporarily unavailable - https://community.mimecast.com/docs/DOC-1369#451 [abcDEF]',
      '451 Internal resources are temporarily unavailable',
    ],
    source: "KumoMTA's community shaping file",
  },
  {
    id: 'mimecast.greylist',
    provider: 'mimecast',
    pattern: /recipient temporarily unavailable|greylist/i,
    verdict: 'greylist',
    waitSeconds: 5 * MINUTE,
    samples: ['451 Account inbounds greylisted - https://community.mimecast.com/docs/DOC-1369#451'],
    source: "Mimecast's list of SMTP codes",
  },
  {
    id: 'mimecast.gone',
    provider: 'mimecast',
    pattern: /invalid recipient/i,
    verdict: 'recipient_gone',
    samples: ['550 Invalid Recipient - https://community.mimecast.com/docs/DOC-1369#550 [kF2n]'],
    source: "Mimecast's list of SMTP codes",
  },
  {
    id: 'mimecast.policy',
    provider: 'mimecast',
    pattern: /administrative prohibition|rejected by header based|local cbl|anti-?spoofing/i,
    verdict: 'policy',
    samples: [
      '550 Administrative prohibition - envelope blocked - https://community.mimecast.com/docs/DOC-1369#550',
      '550 Rejected by header based manually Blocked Senders: ann@example.org',
    ],
    source: "Mimecast's list of SMTP codes",
  },
  {
    id: 'proofpoint.blocked',
    provider: 'proofpoint',
    pattern: /ipcheck\.proofpoint|blocked - see https:\/\/(?:support|ipcheck)\.proofpoint/i,
    verdict: 'block_reputation',
    pauseSeconds: 2 * HOUR,
    samples: [
      '554 Blocked - see https://ipcheck.proofpoint.com/?ip=192.0.2.25',
      '554 5.7.0 Blocked - see https://support.proofpoint.com/dnsbl-lookup.cgi?ip=192.0.2.25',
    ],
    source: "Proofpoint's help pages",
  },
  {
    id: 'barracuda.blocked',
    provider: 'barracuda',
    pattern: /barracudacentral|blocked using (?:barracuda|zen)/i,
    verdict: 'block_reputation',
    pauseSeconds: 2 * HOUR,
    samples: [
      '554 Service unavailable; Client host [192.0.2.25] blocked using Barracuda Reputation; http://www.barracudanetworks.com/reputation/?r=1&ip=192.0.2.25',
    ],
    source: 'barracudacentral.org',
  },
  {
    id: 'netvigator.pace',
    provider: 'netvigator',
    pattern: /too many messages for this session/i,
    verdict: 'throttle_lane',
    waitSeconds: 30 * MINUTE,
    samples: ['421 4.7.0 Too many messages for this session. Please try again later'],
    source: K,
  },
]
