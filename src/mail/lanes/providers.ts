/** What one mailbox provider takes from one sender. Rates in messages a second. */
export type Limits = {
  rate: number
  /** Messages that may leave at once after a pause; 1 spaces them evenly. */
  burst: number
  /** Connections at once, over all processes. */
  connections: number
  /** Messages over one connection; known only where mail is handed to the provider itself. */
  messagesPerConnection: number
}

/** A mailbox provider: how its mail servers and its domains are known, and what it takes. */
export type Provider = Limits & {
  /** The name of its lane. */
  name: string
  /** A domain is the provider's when every MX host ends in one of these. No dot at either end. */
  mxSuffixes: readonly string[]
  /** For domains whose MX could not be asked. */
  domains: readonly string[]
  /** Where the figures come from. */
  source: string
}

/** For a lane that nobody knows: what KumoMTA's shaping file takes when it knows nothing better. */
export const UNKNOWN_LIMITS: Limits = {
  rate: 100,
  burst: 1,
  connections: 10,
  messagesPerConnection: 100,
}

const K = "KumoMTA's shaping file"
const KC = "KumoMTA's community shaping file"
const M = "Momentum's adaptive rules"

type Known = Partial<Limits> & Omit<Provider, keyof Limits>

/** Figures that no source names are our own, on the careful side; `source` says which those are. */
const KNOWN: readonly Known[] = [
  {
    name: 'google',
    mxSuffixes: ['google.com', 'googlemail.com'],
    domains: ['gmail.com', 'googlemail.com'],
    rate: 20,
    connections: 5,
    messagesPerConnection: 50,
    source: `${K}: 5 connections, 50 messages each; the rate is our own`,
  },
  {
    name: 'outlook',
    mxSuffixes: ['olc.protection.outlook.com'],
    domains: [
      'outlook.com',
      'hotmail.com',
      'live.com',
      'msn.com',
      'hotmail.co.uk',
      'hotmail.fr',
      'hotmail.de',
      'hotmail.it',
      'hotmail.es',
      'outlook.fr',
      'outlook.de',
      'outlook.jp',
      'live.co.uk',
      'live.fr',
      'live.nl',
      'passport.com',
    ],
    rate: 5,
    connections: 5,
    messagesPerConnection: 50,
    source: `${K}: 5 connections, 50 messages each; Postmastery names 1,000 an hour for a new sender, the rate is our own`,
  },
  {
    name: 'microsoft365',
    mxSuffixes: ['mail.protection.outlook.com', 'mx.microsoft'],
    domains: ['onmicrosoft.com'],
    rate: 10,
    connections: 5,
    messagesPerConnection: 50,
    source: `${K}: 5 connections, 50 messages each; the rate is our own`,
  },
  {
    name: 'yahoo',
    mxSuffixes: ['yahoodns.net'],
    domains: [
      'yahoo.com',
      'ymail.com',
      'rocketmail.com',
      'yahoo.co.uk',
      'yahoo.fr',
      'yahoo.de',
      'yahoo.it',
      'yahoo.es',
      'yahoo.ca',
      'yahoo.com.br',
      'yahoo.co.in',
      'aol.com',
      'aim.com',
      'verizon.net',
    ],
    rate: 2,
    connections: 10,
    messagesPerConnection: 20,
    source: `${K}: 20 messages a connection, told by Yahoo; SendGrid names 100 an hour for a new address, the rate is our own`,
  },
  {
    name: 'yahoo_japan',
    mxSuffixes: ['mail.yahoo.co.jp', 'yahoo.co.jp'],
    domains: ['yahoo.co.jp', 'ymail.ne.jp'],
    rate: 10,
    connections: 2,
    messagesPerConnection: 20,
    source: KC,
  },
  {
    name: 'apple',
    mxSuffixes: ['icloud.com'],
    domains: ['icloud.com', 'me.com', 'mac.com'],
    rate: 10,
    connections: 10,
    messagesPerConnection: 5,
    source: `${K}: 10 connections, 5 messages each; the rate is our own`,
  },
  {
    name: 'gmx',
    mxSuffixes: ['gmx.net', 'web.de'],
    domains: ['gmx.net', 'gmx.de', 'gmx.at', 'gmx.ch', 'gmx.com', 'web.de'],
    rate: 5,
    connections: 4,
    messagesPerConnection: 20,
    source: `${KC}: 4 connections, 20 messages each; the rate is our own`,
  },
  {
    name: 'mail_com',
    mxSuffixes: ['mail.com'],
    domains: ['mail.com', 'email.com', 'usa.com'],
    rate: 5,
    messagesPerConnection: 100,
    source: `${K}: 100 messages a connection, told by mail.com; the rate is our own`,
  },
  {
    name: 'qq',
    mxSuffixes: ['qq.com'],
    domains: ['qq.com', 'foxmail.com', 'vip.qq.com'],
    rate: 1,
    connections: 4,
    messagesPerConnection: 8,
    source: `${KC}: 4 connections, 8 messages each; its limits by the minute, hour and day are secret, the rate is our own`,
  },
  {
    name: 'netease',
    mxSuffixes: ['netease.com', '163.com'],
    domains: ['163.com', '126.com', 'yeah.net', 'vip.163.com'],
    rate: 1,
    connections: 4,
    messagesPerConnection: 7,
    source: `${KC}: 4 connections, 7 messages each; its limits by the quarter-hour and day are secret, the rate is our own`,
  },
  {
    name: 'sina',
    mxSuffixes: ['sina.com.cn', 'sina.com', 'sinamail.sina.com.cn'],
    domains: ['sina.com', 'sina.cn', 'sina.com.cn'],
    rate: 6,
    connections: 2,
    messagesPerConnection: 3,
    source: `${M}: 21,600 an hour at first, up to 3 messages a connection`,
  },
  {
    name: 'sohu',
    mxSuffixes: ['sohu.com'],
    domains: ['sohu.com'],
    rate: 2,
    connections: 2,
    messagesPerConnection: 3,
    source: `${M}: up to 3 messages a connection; the rate is our own`,
  },
  {
    name: 'mail_ru',
    mxSuffixes: ['mail.ru'],
    domains: ['mail.ru', 'bk.ru', 'inbox.ru', 'list.ru', 'internet.ru'],
    rate: 5,
    connections: 5,
    messagesPerConnection: 20,
    source: `${M}: up to 10 connections, 20 messages each; the rate is our own`,
  },
  {
    name: 'yandex',
    mxSuffixes: ['yandex.ru', 'yandex.net'],
    domains: ['yandex.ru', 'yandex.com', 'ya.ru', 'yandex.by', 'yandex.kz', 'yandex.ua'],
    rate: 5,
    connections: 10,
    source: 'Third parties: 10 to 20 connections; the rate is our own',
  },
  {
    name: 'orange',
    mxSuffixes: ['orange.fr', 'wanadoo.fr'],
    domains: ['orange.fr', 'wanadoo.fr'],
    rate: 2,
    connections: 2,
    messagesPerConnection: 100,
    source: `${K}: 2 connections, 100 messages each; the rate is our own`,
  },
  {
    name: 'comcast',
    mxSuffixes: ['comcast.net'],
    domains: ['comcast.net'],
    rate: 20,
    connections: 25,
    messagesPerConnection: 1000,
    source: `${K}: 25 connections, told by Comcast; the rate is our own`,
  },
  {
    name: 'att',
    mxSuffixes: ['att.net', 'prodigy.net'],
    domains: ['att.net', 'bellsouth.net', 'sbcglobal.net', 'pacbell.net', 'swbell.net'],
    rate: 600 / 3600,
    connections: 10,
    source: `${M}: 600 an hour, 10 connections`,
  },
  {
    name: 'mimecast',
    mxSuffixes: ['mimecast.com', 'mimecast.co.za', 'mimecast-offshore.com'],
    domains: [],
    connections: 10,
    messagesPerConnection: 100,
    rate: 10,
    source: `${K}: 10 connections a site, 100 messages each; the rate is our own`,
  },
  {
    name: 'barracuda',
    mxSuffixes: ['barracudanetworks.com'],
    domains: [],
    rate: 10,
    connections: 10,
    messagesPerConnection: 15,
    source: `${K}: 10 connections, 15 messages each; the rate is our own`,
  },
  {
    name: 'proofpoint',
    mxSuffixes: ['pphosted.com', 'ppe-hosted.com'],
    domains: [],
    rate: 10,
    source: 'Our own',
  },
  {
    name: 'netvigator',
    mxSuffixes: ['netvigator.com'],
    domains: ['netvigator.com'],
    rate: 5,
    connections: 5,
    messagesPerConnection: 10,
    source: `${K}: 5 connections, 10 messages each; the rate is our own`,
  },
  {
    name: 'kpn',
    mxSuffixes: ['kpnmail.nl'],
    domains: ['kpnmail.nl', 'planet.nl', 'hetnet.nl', 'kpnplanet.nl'],
    rate: 5,
    connections: 10,
    messagesPerConnection: 10,
    source: `${K}: 10 connections, 10 messages each; the rate is our own`,
  },
  {
    name: 'free_fr',
    mxSuffixes: ['free.fr'],
    domains: ['free.fr'],
    rate: 2,
    connections: 2,
    source: 'Our own',
  },
  {
    name: 'libero',
    mxSuffixes: ['libero.it'],
    domains: ['libero.it', 'inwind.it', 'iol.it', 'virgilio.it'],
    rate: 2,
    connections: 10,
    messagesPerConnection: 10,
    source: `${M}: up to 24 connections, 10 messages each; the rate is our own`,
  },
  {
    name: 'onet',
    mxSuffixes: ['onet.pl'],
    domains: ['onet.pl', 'op.pl', 'vp.pl', 'poczta.onet.pl', 'autograf.pl'],
    rate: 2,
    connections: 5,
    source: `${M}: up to 5 connections; the rate is our own`,
  },
  {
    name: 'wp',
    mxSuffixes: ['wp.pl'],
    domains: ['wp.pl', 'o2.pl', 'tlen.pl'],
    rate: 2,
    connections: 10,
    source: `${M}: up to 10 connections; the rate is our own`,
  },
]

/** The built-in table of mailbox providers. */
export const PROVIDERS: readonly Provider[] = KNOWN.map((known) => ({
  ...UNKNOWN_LIMITS,
  ...known,
}))
