// Brings a checkout to life: installs from the lockfile, generates the database client, builds what
// is stale. Runs before demo, test and start; needs nothing but Node and npm, and does nothing when
// nothing changed.
import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = join(dirname(fileURLToPath(import.meta.url)), '..')
const NODE_AT_LEAST = [20, 19]
const KNOWN_HASH =
  '$argon2id$v=19$m=19456,p=1,t=2$c29tZXNhbHRzb21lc2FsdA$H802ZnZrjYe9qkX4jQfBWTQtJnmj6Noz+sJrSQ8gzOM'
const npmCli = process.env.npm_execpath

checkNode()
step('dependencies', 'node_modules/.cordon', ['package-lock.json'], () => {
  runNpm('ci', '--include=dev', '--no-audit', '--no-fund', '--loglevel=error')
  checkArgon2()
})
step(
  'database client',
  'src/generated/.cordon',
  ['prisma/schema.prisma', 'package-lock.json'],
  () => runNode('node_modules/prisma/build/index.js', 'generate', '--no-hints'),
)
step(
  'build',
  'dist/.cordon',
  ['package-lock.json', 'tsconfig.json', 'tsconfig.build.json', 'src'],
  () => {
    runNode('node_modules/typescript/bin/tsc', '-p', 'tsconfig.build.json')
    removeOutlived()
  },
)
step(
  'table of autonomous systems',
  'dist/tables/.cordon',
  [
    'package-lock.json',
    'scripts/asn-table',
    'src/platform/asn-table.ts',
    'src/platform/ranges.ts',
    'src/platform/system-ranges.ts',
  ],
  () => runNode('node_modules/tsx/dist/cli.mjs', 'scripts/asn-table/main.ts'),
)
step(
  'console',
  'dist/console/.cordon',
  [
    'package-lock.json',
    'vite.config.ts',
    'src/console',
    'src/contract',
    'src/client',
    'src/values',
  ],
  () => runNode('node_modules/vite/bin/vite.js', 'build', '--logLevel=warn'),
)

function checkNode() {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number)
  const [needMajor, needMinor] = NODE_AT_LEAST
  if (major > needMajor || (major === needMajor && minor >= needMinor)) return
  stop(
    `Cordon needs Node ${NODE_AT_LEAST.join('.')} or newer; this is ${process.versions.node}. Node 24 LTS is recommended.`,
  )
}

/** Does the step unless its stamp says that exactly these inputs were done under this Node. */
function step(name, stamp, inputs, work) {
  const stampPath = join(root, stamp)
  const wanted = digest(inputs)
  if (existsSync(stampPath) && readFileSync(stampPath, 'utf8') === wanted) return
  process.stderr.write(`cordon: ${name} …\n`)
  const started = performance.now()
  work()
  mkdirSync(dirname(stampPath), { recursive: true })
  writeFileSync(stampPath, wanted)
  process.stderr.write(
    `cordon: ${name} ready in ${((performance.now() - started) / 1000).toFixed(1)} s\n`,
  )
}

function digest(inputs) {
  const hash = createHash('sha256').update(`${process.version} ${process.platform} ${process.arch}`)
  for (const path of inputs.flatMap((input) => filesOf(input))) {
    hash.update(path).update(readFileSync(join(root, path)))
  }
  return hash.digest('hex')
}

function filesOf(path) {
  const full = join(root, path)
  if (!existsSync(full)) return []
  if (statSync(full).isFile()) return [path]
  return readdirSync(full, { withFileTypes: true })
    .sort((a, b) => (a.name < b.name ? -1 : 1))
    .flatMap((found) => {
      if (found.name === '.cordon') return []
      return found.isDirectory() ? filesOf(join(path, found.name)) : [join(path, found.name)]
    })
}

/** Removes what was built from sources that are gone: it would still be packed, and be another build. */
function removeOutlived() {
  for (const path of filesOf('dist')) {
    const [, built] = /^dist[/\\](?!console[/\\])(.*)\.js(?:\.map)?$/.exec(path) ?? []
    if (built && !existsSync(join(root, 'src', `${built}.ts`))) rmSync(join(root, path))
  }
}

/** The prebuilt argon2 crashes under some systems; better now, with words, than at the first login. */
function checkArgon2() {
  const probe = `import('argon2').then((a) => a.default.hash('x', { salt: Buffer.from('somesaltsomesalt'), memoryCost: 19456, timeCost: 2, parallelism: 1 })).then((h) => process.exit(h === '${KNOWN_HASH}' ? 0 : 1))`
  const { status } = spawnSync(process.execPath, ['--input-type=module', '-e', probe], {
    cwd: root,
  })
  if (status === 0) return
  stop(
    'argon2 does not work here: its native part was neither prebuilt for this system nor compiled. Install python3, make and g++ and run again, or use Node 24.',
  )
}

/** Whatever the shell says: a console built for development is slow and names folders. */
function runNode(...args) {
  run(process.execPath, args, { NODE_ENV: 'production' })
}

function runNpm(...args) {
  if (npmCli) run(process.execPath, [npmCli, ...args])
  else run(process.platform === 'win32' ? 'npm.cmd' : 'npm', args)
}

function run(command, args, env = {}) {
  const { status, stdout, stderr, error } = spawnSync(command, args, {
    cwd: root,
    encoding: 'utf8',
    env: { ...process.env, ...env },
  })
  if (status === 0) return
  process.stderr.write(`${stdout ?? ''}${stderr ?? ''}`)
  stop(
    `"${args.slice(-3).join(' ')}" failed${error ? `: ${error.message}` : ''}. The lines above say why.`,
  )
}

function stop(message) {
  process.stderr.write(`cordon: ${message}\n`)
  process.exit(1)
}
