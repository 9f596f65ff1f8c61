import { told } from './reading.js'

const HASH = 'b'.repeat(64)

test.each([
  ['a hash per line', `${HASH}\n${HASH}\n`, [`1 ${HASH}`, `2 ${HASH}`]],
  ['upper case is the same hash', HASH.toUpperCase(), [`1 ${HASH}`]],
  [
    'a header and later columns are passed over',
    `sha256,seen\n${HASH},2019\n"${HASH}";x\n`,
    [`2 ${HASH}`, `3 ${HASH}`],
  ],
  ['the output of sha256sum is read', `${HASH}  list.txt\n`, [`1 ${HASH}`]],
  [
    'anything else is rejected',
    `${HASH}\n${HASH}0\nana@example.com\n\n# end\n${HASH}`,
    [`1 ${HASH}`, '2 !hash_malformed', '3 !hash_malformed', `6 ${HASH}`],
  ],
])('%s', async (_rule, content, entries) =>
  expect(await told(content, 'list.txt')).toEqual(entries),
)
