import { readConfig } from '../../../src/config.js'

const problemsOf = (env: Record<string, string>) => {
  try {
    readConfig(env)
    return []
  } catch (error) {
    const { options } = error as { options: { errors: { path: string }[] } }
    return options.errors.map(({ path }) => path)
  }
}

test('without anything set nothing comes back', () => {
  expect(readConfig({}).returns).toEqual({ domain: undefined, listen: undefined, seeds: [] })
})

test('a domain, a place to listen and seed mailboxes are read in their comparable form', () => {
  const { returns } = readConfig({
    MAIL_BOUNCE_DOMAIN: 'Bounce.Example.COM',
    BOUNCE_ADDR: '[::1]:2525',
    MAIL_SEEDS: 'seed-1@Example.NET, seed-2@example.org',
  })
  expect(returns).toEqual({
    domain: 'bounce.example.com',
    listen: { host: '::1', port: 2525 },
    seeds: ['seed-1@example.net', 'seed-2@example.org'],
  })
})

test.each([
  ['a domain without a dot', { MAIL_BOUNCE_DOMAIN: 'localhost' }, 'MAIL_BOUNCE_DOMAIN'],
  ['an address for a domain', { MAIL_BOUNCE_DOMAIN: 'b@example.com' }, 'MAIL_BOUNCE_DOMAIN'],
  [
    'a label that begins with a hyphen',
    { MAIL_BOUNCE_DOMAIN: '-b.example.com' },
    'MAIL_BOUNCE_DOMAIN',
  ],
  [
    'a domain that leaves no room',
    { MAIL_BOUNCE_DOMAIN: `${'a.'.repeat(93)}com` },
    'MAIL_BOUNCE_DOMAIN',
  ],
  ['a seed that is no address', { MAIL_SEEDS: 'seed@example.net,seed' }, 'MAIL_SEEDS'],
  [
    'a place without a port',
    { BOUNCE_ADDR: '127.0.0.1', MAIL_SEEDS: 'a@b.example' },
    'BOUNCE_ADDR',
  ],
  ['a listener that takes nothing', { BOUNCE_ADDR: '127.0.0.1:2525' }, 'BOUNCE_ADDR'],
])('%s is refused', (_what, env, variable) => {
  expect(problemsOf(env as unknown as Record<string, string>)).toEqual([variable])
})
