import { chmodSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { inspect } from 'node:util'
import { checkpointSeed, encryptionKey, readConfig, VARIABLES } from '../../../src/config.js'
import { Refusal } from '../../../src/platform/errors.js'

function problems(env: Record<string, string>, files: Record<string, string> = {}) {
  try {
    readConfig(env, (path) => files[path] ?? missing(path))
  } catch (error) {
    if (error instanceof Refusal && error.code === 'configuration_invalid') return error
    throw error
  }
  throw new Error('The configuration was accepted')
}

function missing(path: string): never {
  throw new Error(`ENOENT ${path}`)
}

test('nothing set is a complete configuration', () => {
  expect(readConfig({})).toMatchObject({
    staff: { host: '127.0.0.1', port: 8080 },
    public: { host: '127.0.0.1', port: 8081 },
    databaseUrl: undefined,
    smtpUrl: undefined,
    fourEyes: true,
    resets: { tokenHours: 24, holdHours: 24 },
  })
})

test('a variable that is set to nothing is not set', () => {
  const empty = Object.fromEntries(VARIABLES.map((name) => [name, '']))
  expect(readConfig(empty)).toEqual(readConfig({}))
})

test.each([
  ['STAFF_ADDR', '8080'],
  ['STAFF_ADDR', 'localhost'],
  ['PUBLIC_ADDR', '127.0.0.1:99999'],
  ['PUBLIC_ADDR', '127.0.0.1:-1'],
  ['PUBLIC_URL', 'accounts.example.com'],
  ['MAIL_FROM', 'security@example.com'],
  ['MAIL_FROM', 'A <a@b.example>, B <b@b.example>'],
  ['DKIM_DOMAIN', 'example'],
  ['DKIM_DOMAIN', 'https://example.com'],
  ['DKIM_RSA_SELECTOR', 'a b'],
  ['DKIM_ED25519_SELECTOR', 'a;b'],
  ['ENCRYPTION_KEY', 'abc'],
  ['ENCRYPTION_KEY', 'g'.repeat(64)],
  ['CHECKPOINT_KEY', 'ab'.repeat(31)],
  ['ENCRYPTION_KEY', '0'.repeat(64)],
  ['CHECKPOINT_KEY', 'ab'.repeat(32)],
  ['FOUR_EYES', 'no'],
  ['LOG_LEVEL', 'loud'],
  ['RESET_TOKEN_HOURS', '25'],
  ['RESET_TOKEN_HOURS', '0'],
  ['RESET_TOKEN_HOURS', 'a day'],
  ['HOLD_AFTER_RESET', '-1'],
  ['MAIL_WAVES', 'hold=0'],
  ['MAIL_WAVES', '{"shares":[50]}'],
])('%s=%s is refused by name', (name, value) => {
  expect(problems({ [name]: value }).options.errors).toMatchObject([{ path: name }])
})

test('everything that is wrong is reported at once', () => {
  const refused = problems({
    STAFF_ADDR: 'x',
    FOUR_EYES: 'maybe',
    LOG_LEVEL: 'loud',
    SMTP_URL_FILE: '/no',
  })
  expect(refused.options.errors?.map(({ path }) => path).sort()).toEqual([
    'FOUR_EYES',
    'LOG_LEVEL',
    'SMTP_URL_FILE',
    'STAFF_ADDR',
  ])
  for (const name of ['FOUR_EYES', 'LOG_LEVEL', 'SMTP_URL_FILE', 'STAFF_ADDR'])
    expect(refused.detail).toContain(name)
})

test('a secret may come from a file, but not from both', () => {
  const files = { '/run/url': 'postgres://app:pw@db/cordon\n' }
  const read = readConfig({ DATABASE_URL_FILE: '/run/url' }, (path) => files[path as '/run/url'])
  expect(read.databaseUrl?.reveal()).toBe('postgres://app:pw@db/cordon')
  const both = problems({ DATABASE_URL: 'x', DATABASE_URL_FILE: '/run/url' }, files)
  expect(both.detail).toContain('not both')
})

test.each([
  ['its owner alone', 0o600, []],
  ['its group', 0o640, [{ path: 'DKIM_RSA_KEY_FILE' }]],
  ['everybody', 0o604, [{ path: 'DKIM_RSA_KEY_FILE' }]],
])('a key that signs mail may be read by its owner alone: readable by %s', (_who, mode, wrong) => {
  const folder = mkdtempSync(join(tmpdir(), 'cordon-dkim-'))
  const file = join(folder, 'rsa.pem')
  writeFileSync(file, 'a key\n', { mode })
  chmodSync(file, mode)
  try {
    const env = { DKIM_RSA_KEY_FILE: file }
    if (wrong.length === 0) expect(readConfig(env).dkim.rsa.key?.reveal()).toBe('a key')
    else {
      const { errors } = problems(env, { [file]: 'a key' }).options
      expect(errors).toMatchObject(wrong)
      expect(errors?.[0]?.message).toContain(`chmod 600 ${file}`)
    }
  } finally {
    rmSync(folder, { recursive: true })
  }
})

test('no secret is ever printed', () => {
  const config = readConfig({
    DATABASE_URL: 'postgres://app:hunter2@db/cordon',
    SMTP_URL: 'smtps://app:hunter2@mail',
    REDIS_URL: 'redis://:hunter2@redis',
    ENCRYPTION_KEY: '32b25acc035401e3410b5afd7ebac3723d3011d05cce32278d5657ed5f603ef9',
    CHECKPOINT_KEY: '32b25acc035401e3410b5afd7ebac3723d3011d05cce32278d5657ed5f603ef9',
  })
  for (const printed of [
    JSON.stringify(config),
    inspect(config, { depth: 9 }),
    `${config.smtpUrl}`,
  ]) {
    expect(printed).not.toContain('hunter2')
    expect(printed).not.toContain('32b25acc')
  }
  expect(problems({ ENCRYPTION_KEY: 'hunter2' }).detail).not.toContain('hunter2')
})

test('links begin with an origin, whatever path was configured', () => {
  expect(readConfig({ PUBLIC_URL: 'https://accounts.example.com/reset/' }).public.url).toBe(
    'https://accounts.example.com',
  )
})

test('an IPv6 host is given in brackets', () => {
  expect(readConfig({ STAFF_ADDR: '[::1]:0' }).staff).toMatchObject({ host: '::1', port: 0 })
})

test('checkpoints go below the data directory unless a folder is named', () => {
  expect(readConfig({ CORDON_DATA_DIR: '/data' }).checkpoints.folder).toBe('/data/checkpoints')
  expect(readConfig({ CHECKPOINT_DIR: '/mnt/worm' }).checkpoints.folder).toBe('/mnt/worm')
})

describe.each([
  ['seals stored secrets', 'ENCRYPTION_KEY', 'encryption', encryptionKey],
  ['signs checkpoints', 'CHECKPOINT_KEY', 'checkpoint', checkpointSeed],
] as const)('the key that %s', (_rule, variable, name, keyOf) => {
  const folders: string[] = []
  afterAll(() => {
    for (const path of folders) rmSync(path, { recursive: true, force: true })
  })
  const folder = () => {
    const path = mkdtempSync(join(tmpdir(), 'cordon-key-'))
    folders.push(path)
    return path
  }
  const key = (dataDir: string, hex?: string) =>
    keyOf({ ...readConfig(hex ? { [variable]: hex } : {}), dataDir })

  test('is the configured one', () => {
    expect(
      Buffer.from(
        key(folder(), '32b25acc035401e3410b5afd7ebac3723d3011d05cce32278d5657ed5f603ef9'),
      ).toString('hex'),
    ).toBe('32b25acc035401e3410b5afd7ebac3723d3011d05cce32278d5657ed5f603ef9')
  })

  test('is made once, kept private, and found again', () => {
    const dataDir = folder()
    const first = key(dataDir)
    expect(first).toHaveLength(32)
    expect(key(dataDir)).toEqual(first)
    expect(statSync(join(dataDir, `${name}.key`)).mode & 0o777).toBe(0o600)
    expect(key(folder())).not.toEqual(first)
  })

  test.each([[''], ['not a key'], ['ab'.repeat(31)]])(
    'is not replaced or shortened when its file holds %j',
    (text) => {
      const dataDir = folder()
      writeFileSync(join(dataDir, `${name}.key`), text)
      expect(() => key(dataDir)).toThrow(expect.objectContaining({ code: `${name}_key_wrong` }))
      expect(readFileSync(join(dataDir, `${name}.key`), 'utf8')).toBe(text)
    },
  )
})
