import { HOUR, MINUTE, type ReplyRule } from '../rule.js'

const KC = "KumoMTA's community shaping file"
const M = "Momentum's adaptive rules"
const Z = "ZoneMTA's bounce table"

export const EUROPEAN: readonly ReplyRule[] = [
  {
    id: 'gmx.connections',
    provider: 'gmx',
    pattern: /too many connections/i,
    verdict: 'throttle_lane',
    waitSeconds: 30 * MINUTE,
    action: 'fewer_connections',
    samples: [
      '421-gmx.net (mxgmx016) Nemesis ESMTP Service not available\r\n421-Service unavailable\r\n421 Too many connections',
    ],
    source: KC,
  },
  {
    id: 'gmx.pace',
    provider: 'gmx',
    pattern:
      /too many messages|try again in a few hours|requested mail action aborted.{0,80}(?:later|hours)/i,
    verdict: 'throttle_lane',
    waitSeconds: 2 * HOUR,
    pauseSeconds: 15 * MINUTE,
    samples: [
      '421-web.de (mxweb113) Nemesis ESMTP Service not available\r\n421 Too many messages, please try again in a few hours.',
      '450-Requested mail action not taken: mailbox unavailable\r\n450 Too many messages from your server',
    ],
    source: 'suped.com; retries count as pressure (postmaster.gmx.com)',
  },
  {
    id: 'gmx.blocked',
    provider: 'gmx',
    pattern:
      /reject due to policy (?:restrictions|violations)|policy (?:restrictions|violations)|ip address is (?:black ?listed|blocked)|bad dns ptr/i,
    verdict: 'block_reputation',
    waitSeconds: HOUR,
    pauseSeconds: HOUR,
    samples: [
      '554-Transaction failed\r\n554-Reject due to policy restrictions.\r\n554 For explanation visit https://postmaster.gmx.net/en/case?c=hi&i=ip&v=192.0.2.25&r=1Mk',
      '421-Transaction failed\r\n421-Reject due to policy violations.\r\n421 For explanation visit https://postmaster.web.de/case?c=r0601',
      '554-gmx.net (mxgmx115) Nemesis ESMTP Service not available\r\n554-No SMTP service\r\n554-IP address is black listed.\r\n554 For explanation visit https://www.gmx.net/mail/senderguidelines?ip=192.0.2.25&c=bl',
    ],
    source: KC,
  },
  {
    id: 'gmx.gone',
    provider: 'gmx',
    pattern: /mailbox unavailable/i,
    verdict: 'recipient_gone',
    samples: [
      '550-Requested action not taken: mailbox unavailable\r\n550 For explanation visit https://postmaster.gmx.net/en/error-messages?ip=192.0.2.25&c=unav',
    ],
    source: 'postmaster.gmx.net',
  },
  {
    id: 'orange.connections',
    provider: 'orange',
    pattern: /trop de connexions|too many connections/i,
    verdict: 'throttle_lane',
    waitSeconds: HOUR,
    pauseSeconds: 5 * MINUTE,
    action: 'fewer_connections',
    samples: [
      '421 mwinf5c04 ME Trop de connexions, veuillez verifier votre configuration. Too many connections, slow down. OFR004_104 [104]',
    ],
    source: "KumoMTA's shaping file",
  },
  {
    id: 'orange.blocked',
    provider: 'orange',
    pattern: /service refuse|OFR00[56]_|cloudmark|spamhaus|OFR_(?:506|108|109|999)/i,
    verdict: 'block_reputation',
    waitSeconds: 2 * HOUR,
    pauseSeconds: HOUR,
    samples: [
      '421 mwinf5c21 ME Service refuse. Veuillez essayer plus tard. Service refused, please try later. OFR005_103 [103]',
      '550 mwinf5c40 ME Adresse IP source bloquee pour incident de spam. Client host blocked for spamming issues. OFR006_102 Ref http://csi.cloudmark.com [102]',
      '554 5.7.1 Client host blocked using Spamhaus 192.0.2.25 OFR006_106 [106]',
    ],
    source: "KumoMTA's shaping file",
  },
  {
    id: 'orange.pace',
    provider: 'orange',
    pattern: /veuillez essayer plus tard|OFR004_/i,
    verdict: 'throttle_lane',
    waitSeconds: 30 * MINUTE,
    samples: ['421 mwinf8204 ME Erreur temporaire. Veuillez essayer plus tard. OFR004_402 [402]'],
    source: "KumoMTA's shaping file",
  },
  {
    id: 'orange.gone',
    provider: 'orange',
    pattern: /adresse d.?au moins un destinataire invalide|invalid recipient|OFR_416/i,
    verdict: 'recipient_gone',
    samples: [
      '550 5.1.1 Adresse d au moins un destinataire invalide. Invalid recipient. OFR_416 [416]',
    ],
    source: "KumoMTA's bounce table",
  },
  {
    id: 'free_fr.pace',
    provider: 'free_fr',
    pattern:
      /too many (?:errors|connections|messages)|spam detected.{0,40}(?:later|4\d\d)|server busy/i,
    verdict: 'throttle_lane',
    waitSeconds: 30 * MINUTE,
    samples: [
      '421 Server busy, too many connections from your IP (mx1-g20.free.fr)',
      '451 too many errors from your ip (192.0.2.25), please visit http://postmaster.free.fr/',
    ],
    source: M,
  },
  {
    id: 'libero.pace',
    provider: 'libero',
    pattern:
      /smtp.{0,6}tmp|too many (?:connections|messages)|(?:ip|sender) (?:temporarily )?(?:deferred|limited)/i,
    verdict: 'throttle_lane',
    waitSeconds: 30 * MINUTE,
    samples: [
      '421 libero.it connection refused from 192.0.2.25: too many connections [smtp-25.iol.local]',
    ],
    source: M,
  },
  {
    id: 'onet.greylist',
    provider: 'onet',
    pattern: /greylisting in action/i,
    verdict: 'greylist',
    waitSeconds: 15 * MINUTE,
    samples: ['450 4.7.1 Greylisting in action, please come back later'],
    source: M,
  },
  {
    id: 'wp.pace',
    provider: 'wp',
    pattern: /you sent too many e-?mails|przekroczono limit/i,
    verdict: 'throttle_lane',
    waitSeconds: HOUR,
    samples: ['470 Temporary error, you sent too many e-mails from 192.0.2.25. Sprobuj pozniej'],
    source: M,
  },
  {
    id: 'kpn.pace',
    provider: 'kpn',
    pattern: /too many (?:messages|connections|recipients)|throttl/i,
    verdict: 'throttle_lane',
    waitSeconds: 30 * MINUTE,
    samples: ['421 4.7.0 Too many messages for this session, see https://www.kpn.com/abuse'],
    source: KC,
  },
  {
    id: 'mail_ru.pace',
    provider: 'mail_ru',
    pattern:
      /temporarily rejected|ip frequency limit exceeded|too many (?:connections|messages)|rate limit/i,
    verdict: 'throttle_lane',
    waitSeconds: 30 * MINUTE,
    pauseSeconds: 5 * MINUTE,
    samples: [
      '421 Temporarily rejected. Try again later',
      '421 4.7.0 IP frequency limit exceeded',
      '451 Ratelimit exceeded: too many connections from 192.0.2.25, rate limit. Try again later',
    ],
    source: `${M} (two hours after five of them); third parties`,
  },
  {
    id: 'mail_ru.content',
    provider: 'mail_ru',
    pattern: /spam message (?:rejected|discarded)/i,
    verdict: 'content',
    samples: [
      '550 spam message rejected. Please visit http://help.mail.ru/notspam-support/id?c=abc or report details to abuse@corp.mail.ru. Error code: B1E7.',
      '550 spam message discarded. If you think that the system is mistaken, please report details to abuse@corp.mail.ru',
    ],
    source: M,
  },
  {
    id: 'mail_ru.gone',
    provider: 'mail_ru',
    pattern:
      /invalid mailbox|no such (?:user|message)|local mailbox .{0,80} is unavailable|account is (?:disabled|unavailable)/i,
    verdict: 'recipient_gone',
    samples: [
      '550 Message was not accepted -- invalid mailbox. Local mailbox ann@mail.ru is unavailable: user not found',
      '550 Message was not accepted -- invalid mailbox. Local mailbox bob@bk.ru is unavailable: account is disabled',
    ],
    source: Z,
  },
  {
    id: 'yandex.later',
    provider: 'yandex',
    pattern:
      /service is currently unavailable|try again later|too many (?:connections|messages)|rate limit/i,
    verdict: 'throttle_lane',
    waitSeconds: 30 * MINUTE,
    samples: [
      '451 4.7.1 Sorry, the service is currently unavailable. Please come back later. 1700000000-abcDEF12',
      '421 4.7.0 Too many connections from 192.0.2.25, rate limit',
    ],
    source: Z,
  },
  {
    id: 'yandex.spam',
    provider: 'yandex',
    pattern: /under suspicion of spam|spam (?:limit|is not)/i,
    verdict: 'content',
    samples: [
      '554 5.7.1 [2] Message rejected under suspicion of SPAM; https://ya.cc/1IrBc 1700000000-abcDEF12',
      '554 5.7.1 Message rejected under suspicion of SPAM; http://help.yandex.ru/mail/spam/sending-limits.xml',
    ],
    source: 'yandex.com/support, bounces',
  },
  {
    id: 'yandex.gone',
    provider: 'yandex',
    pattern: /no such user|invalid mailbox|mailbox (?:is )?(?:disabled|blocked)/i,
    verdict: 'recipient_gone',
    samples: ['550 5.7.1 No such user!', '550 5.1.1 Recipient mailbox is disabled'],
    source: 'yandex.com/support, bounces',
  },
]
