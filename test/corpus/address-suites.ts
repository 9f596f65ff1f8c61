import { fixtureDir, hasFixtures, readFixture } from './fixtures.js'

/** What one suite says about one string. */
export type Verdict = {
  suite: string
  raw: string
  isValid: boolean
  /** Options under which the suite says so, as JSON; none is empty. */
  options: string
  /** The suite judges mailboxes with display names, not bare addresses. */
  hasNames: boolean
}

type Suite = { name: string; folder: string; read: (dir: string) => Verdict[] }

export const SUITES: readonly Suite[] = [
  { name: 'isemail', folder: 'isemail', read: readIsemail },
  { name: 'flanker', folder: 'flanker', read: readFlanker },
  { name: 'validator.js', folder: 'email-address-vectors', read: readValidator },
  { name: 'hapi', folder: 'email-address-vectors', read: readHapi },
]

export function verdictsOf({ folder, read }: Suite): Verdict[] {
  return hasFixtures(folder) ? read(fixtureDir(folder)) : []
}

const plain = { options: '', hasNames: false }

/** Everything but ISEMAIL_ERR is an address by some RFC; control characters are written U+2400+n. */
function readIsemail(dir: string): Verdict[] {
  return ['test/tests.xml', 'test/tests-original.xml'].flatMap((file) =>
    [...readFixture(dir, file).matchAll(/<test id="\d+">(.*?)<\/test>/gs)].map(([, body = '']) => ({
      ...plain,
      suite: 'isemail',
      raw: decodeXml(/<address>(.*?)<\/address>/s.exec(body)?.[1] ?? ''),
      isValid: !body.includes('<category>ISEMAIL_ERR<'),
    })),
  )
}

const ENTITIES: Record<string, string> = { lt: '<', gt: '>', quot: '"', apos: "'", amp: '&' }

function decodeXml(text: string): string {
  return text
    .replace(/&(?:#x([\da-f]+)|#(\d+)|(\w+));/gi, (_all, hex, decimal, name) =>
      name
        ? (ENTITIES[name] ?? '')
        : String.fromCodePoint(hex ? Number.parseInt(hex, 16) : +decimal),
    )
    .replace(/[\u2400-\u2420]/g, (picture) => String.fromCharCode(picture.charCodeAt(0) - 0x2400))
    .replaceAll('\u2421', '\x7f')
}

function readFlanker(dir: string): Verdict[] {
  return [true, false].flatMap((isValid) =>
    readFixture(dir, isValid ? 'mailbox_valid.txt' : 'mailbox_invalid.txt')
      .split('\n')
      .filter((line) => line !== '' && !/^#( |$)/.test(line))
      .map((raw) => ({ suite: 'flanker', raw, isValid, options: '', hasNames: true })),
  )
}

type ValidatorBlock = { options: object; valid: string[]; invalid: string[] }

function readValidator(dir: string): Verdict[] {
  const blocks: ValidatorBlock[] = JSON.parse(readFixture(dir, 'validatorjs-isEmail.json'))
  return blocks.flatMap(({ options, valid, invalid }) => {
    const shared = {
      suite: 'validator.js',
      options: Object.keys(options).length > 0 ? JSON.stringify(options) : '',
      hasNames: /display_name/.test(JSON.stringify(options)),
    }
    return [
      ...valid.map((raw) => ({ ...shared, raw, isValid: true })),
      ...invalid.map((raw) => ({ ...shared, raw, isValid: false })),
    ]
  })
}

type HapiTables = Record<string, [string, string | boolean, object?][]>

function readHapi(dir: string): Verdict[] {
  const tables: HapiTables = JSON.parse(readFixture(dir, 'hapi-address-email.json'))
  return Object.values(tables)
    .flat()
    .map(([raw, verdict, options]) => ({
      ...plain,
      suite: 'hapi',
      raw,
      isValid: verdict === true,
      options: options ? JSON.stringify(options) : '',
    }))
}
