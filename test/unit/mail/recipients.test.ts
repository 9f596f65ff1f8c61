import { recipientsIn } from '../../../src/mail/restoring/recipients.js'

test.each([
  [
    'Nov 26 22:00:01 mx postfix/smtp[9]: 4F: to=<Ann@Example.com>, relay=mx.example.com[192.0.2.1]:25, status=sent (250 ok)',
    ['ann@example.com'],
  ],
  ['{"rcpt":["a@b.example","c.d+e@f.example"]}', ['a@b.example', 'c.d+e@f.example']],
  ['ann@example.com', ['ann@example.com']],
  ["o'neil@example.com", ["o'neil@example.com"]],
  ["to 'ann@example.com'.", ["'ann@example.com'.", 'ann@example.com']],
  ['to=a=b@example.com', ['to=a=b@example.com', 'a=b@example.com', 'b@example.com']],
  ['rcpt=ann@example.com', ['rcpt=ann@example.com', 'ann@example.com']],
  ['nobody here', []],
  ['', []],
])('in %j are %j', (line, expected) => {
  expect(recipientsIn(line)).toEqual(expected)
})
