import { AMERICAN } from './providers/american.js'
import { APPLE } from './providers/apple.js'
import { CHINESE } from './providers/chinese.js'
import { EUROPEAN } from './providers/european.js'
import { EVERYBODY } from './providers/everybody.js'
import { GOOGLE } from './providers/google.js'
import { MICROSOFT } from './providers/microsoft.js'
import { YAHOO } from './providers/yahoo.js'
import type { ReplyRule } from './rule.js'

/** Every rule about replies, in the order in which they are read. */
export const REPLY_RULES: readonly ReplyRule[] = [
  ...GOOGLE,
  ...MICROSOFT,
  ...YAHOO,
  ...APPLE,
  ...CHINESE,
  ...EUROPEAN,
  ...AMERICAN,
  ...EVERYBODY,
]
