import { register } from 'tsx/esm/api'

/** One Postgres for the whole run. Jest loads this file itself, so it is plain JavaScript. */
export default async function globalSetup() {
  const unregister = register()
  const { startTestServer } = await import('./server.js')
  globalThis.cordonTestServer = await startTestServer()
  process.env.CORDON_TEST_DATABASE_URL = globalThis.cordonTestServer.url
  await unregister()
}
