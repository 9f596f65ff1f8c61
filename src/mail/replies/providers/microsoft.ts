import { HOUR, MINUTE, type ReplyRule } from '../rule.js'

const LIST =
  "Microsoft's list of NDR codes (learn.microsoft.com, non-delivery reports in Exchange Online)"
const KC = "KumoMTA's community shaping file"

/** Outlook.com and Microsoft 365 speak alike. */
const SHARED: readonly Omit<ReplyRule, 'provider'>[] = [
  {
    id: 'authentication',
    pattern:
      /5\.7\.515\b|4\.7\.515\b|does ?n.t meet the required authentication|5\.7\.509\b|does not pass dmarc|5\.7\.2[35]\b|5\.7\.64\b|relay access denied|must (?:be|use) tls|5\.7\.57\b/i,
    verdict: 'auth_config',
    samples: [
      '550 5.7.515 Access denied, sending domain example.org does not meet the required authentication level. [AM6EUR05.prod.protection.outlook.com]',
      '550 5.7.509 Access denied, sending domain example.org does not pass DMARC verification and has a DMARC policy of reject.',
      '550 5.7.25 The sending IPv6 address [2001:db8::25] must have a reverse DNS record',
      '550 5.7.64 TenantAttribution; Relay Access Denied [AM5EUR02FT013.eop-EUR02.prod.protection.outlook.com]',
      '530 5.7.57 Client not authenticated to send mail. [AM0PR01CA0093.eurprd01.prod.exchangelabs.com]',
    ],
    counterSamples: ['550 5.7.511 Access denied, banned sender[192.0.2.25].'],
    source: LIST,
  },
  {
    id: 'connections',
    pattern:
      /maximum number of (?:concurrent (?:server )?)?connections|4\.7\.652\b|too many (?:concurrent )?connections/i,
    verdict: 'throttle_lane',
    waitSeconds: 10 * MINUTE,
    pauseSeconds: MINUTE,
    action: 'fewer_connections',
    samples: [
      '451 4.7.652 The mail server [192.0.2.25] has exceeded the maximum number of connections. (S3115)',
      '421 4.3.2 The maximum number of concurrent server connections has exceeded a limit, closing transmission channel',
      "421 RP-002 (SNT004-MC2F41) Unfortunately, some messages weren't sent: too many connections from 192.0.2.25.",
    ],
    source: KC,
  },
  {
    id: 'messages_per_connection',
    pattern: /maximum number of messages per (?:connection|session)/i,
    verdict: 'throttle_lane',
    waitSeconds: 5 * MINUTE,
    samples: [
      '451 4.7.653 The mail server [192.0.2.25] has exceeded the maximum number of messages per connection. (S3116)',
    ],
    source: KC,
  },
  {
    id: 'rate_by_reputation',
    pattern:
      /temporarily rate limited|\bS775\b|\bS843\b|\bS3114\b|4\.7\.65[01]\b|\bRP-00[123]\b|rate limit(?:s|ed|ing)? (?:for|due to) ip reputation/i,
    verdict: 'throttle_lane',
    waitSeconds: 30 * MINUTE,
    pauseSeconds: 5 * MINUTE,
    samples: [
      '451 4.7.650 The mail server [192.0.2.25] has been temporarily rate limited due to IP reputation. For e-mail delivery information, see https://postmaster.live.com (S775)',
      '451 4.7.651 The mail server [192.0.2.25] has been temporarily rate limited due to IP reputation. (S843)',
      "421 RP-001 (BAY004-MC1F12) Unfortunately, some messages from 192.0.2.25 weren't sent. Please try again. We have limits for how many messages can be sent per hour and per day.",
      '421 RP-003 (COL004-MC4F7) The mail server IP connecting to Outlook.com server has exceeded the connection limit allowed.',
    ],
    counterSamples: ["550 5.7.1 Unfortunately, messages from [192.0.2.25] weren't sent. (S3150)"],
    source: `${KC}; Microsoft's postmaster on mailop, 2026`,
  },
  {
    id: 'recipient_rate',
    pattern:
      /recipient .{0,60}(?:thread|receiv\w+) limit|5\.2\.121\b|5\.2\.122\b|rcptthrottle|recipient.s per hour message receive limit|4\.3\.2 .{0,20}stor\w*drv|432 4\.3\.2/i,
    verdict: 'throttle_recipient',
    waitSeconds: HOUR,
    samples: [
      "550 5.2.121 RESOLVER.RST.RecipientRateLimit; recipient's per hour message receive limit from specific sender exceeded",
      '550 5.2.122 The recipient has exceeded their limit for the number of messages they can receive per hour. For more information go to https://aka.ms/',
      '432 4.3.2 STOREDRV.Deliver; recipient thread limit exceeded',
    ],
    source: LIST,
  },
  {
    id: 'busy',
    pattern:
      /server busy|4\.7\.5\d\d\b|please try again later.{0,60}(?:AS|S)\d{3}|4\.7\.0 temporary server error|4\.3\.2 service not (?:available|active)|4\.4\.62\b|4\.16\.55\b|4\.5\.3 too many (?:messages|recipients)/i,
    verdict: 'throttle_lane',
    waitSeconds: 15 * MINUTE,
    samples: [
      '451 4.7.500 Server busy. Please try again later from [192.0.2.25]. (S77719)',
      '451 4.7.501 Server busy. Please try again later from [192.0.2.25]. (AS77713) [DB5EUR03FT013.eop-EUR03.prod.protection.outlook.com]',
      '451 4.7.0 Temporary server error. Please try again later. PRX2',
      '421 4.3.2 Service not available, closing transmission channel',
      '421 4.3.2 Service not active',
      '451 4.4.62 Mail sent to the wrong Office 365 region.',
    ],
    source: `${KC}; coldrelay for the other 4.7.5xx`,
  },
  {
    id: 'blocked',
    pattern:
      /block list|\bS3150\b|\bS3140\b|banned send|5\.7\.60[678]\b|5\.7\.51[01]\b|5\.7\.708\b|5\.7\.750\b|\b(?:SC|DY|OU)-00\d\b|5\.1\.8 access denied, bad outbound sender|\bPR\(ct1\)/i,
    verdict: 'block_reputation',
    pauseSeconds: 2 * HOUR,
    samples: [
      "550 5.7.1 Unfortunately, messages from [192.0.2.25] weren't sent. Please contact your Internet service provider since part of their network is on our block list (S3150).",
      "550 5.7.1 Unfortunately, messages from [192.0.2.25] weren't sent. Please contact your Internet service provider. (S3140)",
      '550 5.7.511 Access denied, banned sender[192.0.2.25]. To request removal from this list please forward this message to delist@messaging.microsoft.com',
      '550 5.7.606 Access denied, banned sending IP [192.0.2.25]. To request removal from this list please visit https://sender.office.com/',
      "550 SC-001 (BAY004-MC3F40) Unfortunately, messages from 192.0.2.25 weren't sent.",
      "550 DY-001 (COL004-MC5F23) Unfortunately, messages from 192.0.2.25 weren't sent.",
      "550 OU-002 (SNT004-MC9F10) Unfortunately, messages from 192.0.2.25 weren't sent.",
      '550 5.7.708 Service unavailable. Access denied, traffic not accepted from this IP.',
      '421 PR(ct1) unusual traffic from 192.0.2.25',
    ],
    source: `${KC} suspends for two hours; ZoneMTA's bounce table`,
  },
  {
    id: 'full',
    pattern: /quota exceeded|mailbox (?:is )?full|5\.2\.2\b|4\.2\.2\b/i,
    verdict: 'mailbox_full',
    waitSeconds: 4 * HOUR,
    samples: [
      '554 5.2.2 mailbox full; STOREDRV.Deliver.Exception:QuotaExceededException.MapiExceptionShutoffQuotaExceeded',
      '552 5.2.2 RESOLVER.RST.QuotaExceeded; recipient mailbox quota exceeded',
    ],
    source: LIST,
  },
  {
    id: 'gone',
    pattern:
      /mailbox unavailable|5\.1\.10\b|5\.1\.1\b|recipient ?not ?found|5\.5\.0 requested action not taken|5\.4\.1 recipient address rejected|user (?:unknown|does ?n.t exist)/i,
    verdict: 'recipient_gone',
    samples: [
      '550 5.5.0 Requested action not taken: mailbox unavailable (S2017062302). [AM5EUR03FT046.eop-EUR03.prod.protection.outlook.com]',
      '550 5.1.10 RESOLVER.ADR.RecipientNotFound; Recipient not found by SMTP address lookup',
      '550 5.4.1 Recipient address rejected: Access denied. [DB5EUR01FT009.eop-EUR01.prod.protection.outlook.com]',
      '550 5.1.1 User does not exist in the directory of the tenant',
    ],
    source: `${LIST}; ZoneMTA's bounce table reads 5.4.1 so`,
  },
]

export const MICROSOFT: readonly ReplyRule[] = ['outlook', 'microsoft365'].flatMap((provider) =>
  SHARED.map((rule) => ({ ...rule, provider, id: `${provider}.${rule.id}` })),
)
