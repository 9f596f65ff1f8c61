/** ICU MessageFormat. Plain text: whatever needs escaping is escaped when the HTML is made. */
export const en = {
  'greeting.named': 'Hello {name},',
  'greeting.plain': 'Hello,',
  'phrase.label': 'Your anti-phishing phrase, as proof that this mail is from {site}:',
  promise:
    'We never ask for your password, a recovery code or a sign-in code, neither by mail nor by telephone.',
  'links.none':
    'This mail has no links, because you asked for none. Open our site or app yourself, the way you always do.',
  'help.support': 'Questions? Write to {support}.',
  'help.site': 'Questions? Open our site or app yourself and look for help there.',

  'reset.subject': 'Set a new password for {site}',
  'reset.why':
    'The mail address of your account at {site} became visible to other people, and accounts like yours are under attack. To protect you, we have switched off your password and signed you out everywhere.',
  'reset.link': 'Set a new password here:',
  'reset.code': 'Open our site or app yourself, choose to set a new password, and enter this code:',
  'reset.until':
    'It works once, for {hours, plural, one {# hour} other {# hours}} from now. If you have a second factor, keep it ready.',

  'notice.subject': 'Your mail address at {site} became visible to others',
  'notice.why':
    'The mail address of your account at {site} became visible to other people. Your password still works; you do not have to change it.',
  'notice.advice':
    'Be careful with messages that ask you to sign in, to pay or to tell a code, even if they seem to come from us. If you have no second factor yet, please add one in your account.',

  'confirmation.subject': 'Your password at {site} was changed',
  'confirmation.what':
    'The password of your account at {site} was just changed. From now on only the new one works.',
  'confirmation.not_you': 'If this was not you, tell us at once.',
} as const

export type MessageKey = keyof typeof en
/** A catalogue with a key missing or too many does not compile. */
export type Messages = Readonly<Record<MessageKey, string>>
