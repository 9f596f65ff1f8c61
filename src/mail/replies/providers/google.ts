import { HOUR, MINUTE, type ReplyRule } from '../rule.js'

const LIST = "Google's list of SMTP errors (support.google.com/a/answer/3726730)"

export const GOOGLE: readonly ReplyRule[] = [
  {
    id: 'google.recipient_rate',
    provider: 'google',
    pattern: /receiving mail at a rate|receiving mail too quickly|receivingrate/i,
    verdict: 'throttle_recipient',
    waitSeconds: 30 * MINUTE,
    samples: [
      '450-4.2.1 The user you are trying to contact is receiving mail at a rate that\r\n450-4.2.1 prevents additional messages from being delivered. Please resend your\r\n450 4.2.1 message at a later time. ReceivingRate - gsmtp',
      '450-4.2.1 The user you are trying to contact is receiving mail too quickly. Please\r\n450 4.2.1 resend your message at a later time. - gsmtp',
      '550-5.2.1 The user you are trying to contact is receiving mail at a rate that\r\n550 5.2.1 prevents additional messages from being delivered. ReceivingRatePerm - gsmtp',
    ],
    counterSamples: ['450 4.2.1 The user you are trying to contact is over quota'],
    source: `${LIST}; KumoMTA's bounce table for the 5xx`,
  },
  {
    id: 'google.mailbox_full',
    provider: 'google',
    pattern: /over ?quota|out of storage space|inbox is full/i,
    verdict: 'mailbox_full',
    waitSeconds: 4 * HOUR,
    samples: [
      "452-4.2.2 The recipient's inbox is out of storage space. OverQuotaTemp - gsmtp",
      '552-5.2.2 The email account that you tried to reach is over quota. OverQuotaPerm - gsmtp',
      '452 4.2.2 The email account that you tried to reach is over quota. Please direct the recipient to https://support.google.com/mail/?p=OverQuotaTemp',
      "552 5.2.2 The recipient's inbox is out of storage space and inactive. - gsmtp",
    ],
    source: LIST,
  },
  {
    id: 'google.authentication',
    provider: 'google',
    pattern:
      /unauthenticated (?:email|and)|not authenticated|authentication (?:information|required)|dmarc policy|spf (?:check|and dkim)|dkim =|5\.7\.2[679]\b|sender is unauthenticated|ptr record|tls required|requires? (?:all senders to authenticate|a tls)|must use tls|4\.7\.(?:27|29|30|32|40)\b/i,
    verdict: 'auth_config',
    samples: [
      "550-5.7.26 Unauthenticated email from example.org is not accepted due to domain's\r\n550 5.7.26 DMARC policy. Please contact the administrator of example.org domain - gsmtp",
      '550-5.7.26 This mail has been blocked because the sender is unauthenticated. Gmail requires all senders to authenticate with either SPF or DKIM.',
      '421-4.7.26 This mail has been rate limited because it is unauthenticated. Gmail requires all senders to authenticate with either SPF or DKIM.',
      "421 4.7.27 Your email has been rate limited because SPF authentication didn't pass. SPF check failed - gsmtp",
      '421-4.7.29 This mail has been rate limited because it was not sent over a TLS connection. Gmail requires a TLS connection - gsmtp',
      '550-5.7.1 [2001:db8::25] Our system has detected that this message does not meet IPv6 sending guidelines regarding PTR records and authentication. PTR record missing',
      '421 4.7.0 TLS required for RCPT domain - gsmtp',
      "421-4.7.30 Your email has been rate limited because DKIM authentication didn't pass. DKIM = did not pass",
      "421 4.7.32 Your email has been rate limited because the From: header isn't aligned with either the authenticated SPF or DKIM organizational domain. - gsmtp",
    ],
    counterSamples: ['421 4.7.0 Try again later, closing connection. - gsmtp'],
    source: LIST,
  },
  {
    id: 'google.unusual_rate',
    provider: 'google',
    pattern: /unusual rate of (?:unsolicited )?mail|4\.7\.28\b|rate limited to protect/i,
    verdict: 'throttle_lane',
    waitSeconds: 15 * MINUTE,
    pauseSeconds: 2 * MINUTE,
    samples: [
      '421-4.7.28 [192.0.2.25 15] Our system has detected an unusual rate of unsolicited mail originating from your IP address. To protect our users from spam, mail sent from your IP address has been temporarily rate limited. - gsmtp',
      '421-4.7.28 Gmail has detected an unusual rate of unsolicited mail originating from your SPF domain [example.org]. - gsmtp',
      '421-4.7.28 Gmail has detected an unusual rate of mail containing one of your URL domains - gsmtp',
      '421-4.7.28 Our system has detected an unusual rate of unsolicited mail originating from your DKIM domain [example.org 35]. - gsmtp',
      '421-4.7.0 [192.0.2.25 15] Our system has detected an unusual rate of unsolicited mail originating from your IP Netblock. - gsmtp',
      '550-5.7.28 [192.0.2.25] Our system has detected an unusual rate of unsolicited mail originating from your IP address. - gsmtp',
    ],
    source: `${LIST}; forwardemail.net for the newer wording`,
  },
  {
    id: 'google.reputation',
    provider: 'google',
    pattern:
      /(?:system|gmail) has detected that this message is (?:likely (?:suspicious|unsolicited)|suspicious)|very low reputation|ip you.{1,3}re using to send mail is not authorized|has been blocked because (?:of|your)|is likely (?:unsolicited|suspicious)/i,
    verdict: 'block_reputation',
    pauseSeconds: HOUR,
    samples: [
      '421-4.7.0 [192.0.2.25] Our system has detected that this message is suspicious due to the very low reputation of the sending IP address. - gsmtp',
      '550-5.7.1 [192.0.2.25 18] Our system has detected that this message is likely suspicious due to the very low reputation of the sending domain. - gsmtp',
      '550-5.7.1 [192.0.2.25 12] Our system has detected that this message is likely unsolicited mail. To reduce the amount of spam sent to Gmail, this message has been blocked. - gsmtp',
      "550-5.7.1 [192.0.2.25] The IP you're using to send mail is not authorized to send email directly to our servers. - gsmtp",
      '421-4.7.0 [192.0.2.25 15] Gmail has detected that this message is likely unsolicited mail. - gsmtp',
    ],
    source: `${LIST}; KumoMTA's community shaping file suspends for an hour`,
  },
  {
    id: 'google.connections',
    provider: 'google',
    pattern: /too many (?:concurrent )?(?:smtp )?connections|4\.7\.0 .{0,40}ip not in whitelist/i,
    verdict: 'throttle_lane',
    waitSeconds: 5 * MINUTE,
    action: 'fewer_connections',
    samples: ['421 4.7.0 Too many concurrent SMTP connections - gsmtp'],
    source: LIST,
  },
  {
    id: 'google.later',
    provider: 'google',
    pattern:
      /try again later, closing connection|temporary system problem|service (?:temporarily )?unavailable|daily (?:user )?sending (?:limit|quota)|server busy, try again/i,
    verdict: 'throttle_lane',
    waitSeconds: 10 * MINUTE,
    samples: [
      '421-4.7.0 Try again later, closing connection. (EHLO) - gsmtp',
      '451-4.3.0 Temporary system problem. Try again later - gsmtp',
      '421 4.4.5 Server busy, try again later. - gsmtp',
      '550 5.4.5 Daily user sending limit exceeded. For more information on Gmail sending limits go to https://support.google.com/a/answer/166852 - gsmtp',
    ],
    source: LIST,
  },
  {
    id: 'google.gone',
    provider: 'google',
    pattern:
      /account that you tried to reach (?:does not exist|is (?:disabled|inactive))|nosuchuser|disableduser/i,
    verdict: 'recipient_gone',
    samples: [
      "550-5.1.1 The email account that you tried to reach does not exist. Please try double-checking the recipient's email address for typos. https://support.google.com/mail/?p=NoSuchUser - gsmtp",
      '550 5.2.1 The email account that you tried to reach is disabled. DisabledUser - gsmtp',
      '550-5.2.1 The email account that you tried to reach is inactive. For more information, go to https://support.google.com - gsmtp',
    ],
    source: LIST,
  },
]
