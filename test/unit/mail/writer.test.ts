import { openWriter } from '../../../src/mail/writing/jobs.js'
import { aMail, NOW, SENDER } from './fixtures.js'

// A thread cannot load TypeScript, so here it never starts; the built one is exercised by the
// benchmark and by `cordon serve`.
test('a mail is written although the thread of the writer does not start, or has ended', async () => {
  const writer = openWriter()
  expect(await writer.write(aMail(), SENDER, NOW)).toMatchObject({ kind: 'ready' })
  await writer.close()
  expect(await writer.write(aMail(), SENDER, NOW)).toMatchObject({ kind: 'ready' })
})
