/** Each is one entry that must be rejected, as a recipient in a message as well as in a cell. */
export const MALFORMED: readonly string[] = [
  'nobody.example',
  'two@at@example.com',
  '"quoted local"@example.com',
  'root@[192.0.2.1]',
  '.leading.dot@example.com',
  'double..dot@example.net',
  'intranet@localhost',
  'with space@example.org',
  'Two People <one@bait.example> <two@bait.example>',
  'label@-hyphen-.example',
  '@example.com',
  'nowhere@',
  '<>',
  'numeric@192.0.2.7',
  'invisible\u200b@example.com',
]
