const ADDRESS = /[^\s<>()[\]{},;:"']+@[^\s<>()[\]{},;:"']+/gu
const LONG_RANDOM = /[A-Za-z0-9_-]{32,}/g
const CHARACTERS = 200
/** Shorter names are words of the reply as often as they are people. */
const NAME_AT_LEAST = 3

/** What a server said, fit to be stored and shown: no address, no name of the mailbox, one line. */
export function redactReply(reply: string, recipient: string): string {
  const name = recipient.slice(0, recipient.lastIndexOf('@'))
  const line = reply.replace(/[\s\p{Cc}]+/gu, ' ').replace(ADDRESS, '[address]')
  const names = name.length >= NAME_AT_LEAST && line.toLowerCase().includes(name.toLowerCase())
  const nameless = names ? line.replace(new RegExp(escapePattern(name), 'giu'), '[address]') : line
  return nameless.replace(LONG_RANDOM, '[token]').trim().slice(0, CHARACTERS)
}

const escapePattern = (text: string) => text.replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&')
