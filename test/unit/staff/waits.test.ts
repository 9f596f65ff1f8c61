import { sessionToken } from '../../../src/staff/session.js'
import { waitAfter } from '../../../src/staff/wait.js'

test.each([
  [0, 0],
  [4, 0],
  [5, 30],
  [6, 60],
  [10, 960],
  [12, 3_600],
  [99, 3_600],
  [100, 86_400],
  [5_000, 86_400],
])('after %i failures, of which four are free, one waits %i seconds', (failures, seconds) =>
  expect(waitAfter(failures, 4)).toBe(seconds),
)

const TOKEN = 'a'.repeat(43)
test.each([
  ['the only cookie', `__Host-cordon=${TOKEN}`, TOKEN],
  ['among others', `a=1; __Host-cordon=${TOKEN}; b=2`, TOKEN],
  ['no cookie', undefined, undefined],
  ['twice', `__Host-cordon=${TOKEN}; __Host-cordon=${TOKEN}`, undefined],
  ['without its prefix', `cordon=${TOKEN}`, undefined],
  ['in another case', `__host-cordon=${TOKEN}`, undefined],
  ['too long', `__Host-cordon=${TOKEN}a`, undefined],
  ['with a space in it', `__Host-cordon=${TOKEN.slice(1)} `, undefined],
  ['with an = in it', `__Host-cordon=${TOKEN}=x`, TOKEN],
])('a session token %s', (_case, cookie, token) => expect(sessionToken({ cookie })).toBe(token))
