/** ICU MessageFormat. Plain text: whatever needs escaping is escaped when the HTML is made. */
export const en = {
  'greeting.named': 'Hello {name},',
  'greeting.plain': 'Hello,',
  'phrase.label': 'Your anti-phishing phrase, as proof that this mail is from {site}:',
  'real.phrase':
    'Every real mail from us shows this phrase. If it is missing or different, the mail is not from us: use nothing in it.',
  'real.plain':
    'If you doubt that this mail is real, use nothing in it. Open our site or app yourself, the way you always do, and go on there.',
  promise:
    'We never ask for your password, a recovery code or a sign-in code, neither by mail nor by telephone.',
  'links.none':
    'This mail has no links, because you asked for none. Open our site or app yourself, the way you always do.',
  not_you: 'If you see anything in your account that you did not do, tell us at once.',
  'help.support': 'Questions? Write to {support}.',
  'help.site': 'Questions? Open our site or app yourself and look for help there.',
  reference: 'Reference of this mail, for questions about it:',

  'reset.subject': 'Set a new password for {site}',
  'reset.why':
    'The mail address of your account at {site} became visible to other people, and accounts like yours are under attack. To protect you, we have switched off your password, signed you out everywhere and paused withdrawals.',
  'reset.link': 'Set a new password here:',
  'reset.code': 'Open our site or app yourself, choose to set a new password, and enter this code:',
  'reset.until':
    'It works once, for {hours, plural, one {# hour} other {# hours}} from now. If you have a second factor, keep it ready.',
  'reset.unasked': 'We sent this mail on our own decision; nobody asked for it in your name.',

  'reminder.subject': 'Reminder: set a new password for {site}',
  'reminder.why':
    'The mail address of your account at {site} became visible to other people. To protect you, we switched off your password, and you have not set a new one yet. Until you do, you cannot sign in, and withdrawals stay paused.',
  'reminder.newest':
    'Only this newest mail counts: links and codes of earlier mails no longer work.',

  'hold.subject': 'Withdrawals from your {site} account are paused',
  'hold.why':
    'The mail address of your account at {site} became visible to other people, and accounts like yours are under attack. To protect you, we have paused withdrawals from your account. Your password still works.',
  'hold.what':
    'We are looking into your account and will end the pause when we are done. You do not have to do anything for that. If you need to withdraw sooner, open our site or app yourself and contact us there.',

  'notice.subject': 'Your mail address at {site} became visible to others',
  'notice.why':
    'The mail address of your account at {site} became visible to other people. Your password still works; you do not have to change it.',
  'notice.advice':
    'Be careful with messages that ask you to sign in, to pay or to tell a code, even if they seem to come from us. If you have no second factor yet, please add one in your account.',

  'confirmation.subject': 'Your password at {site} was changed',
  'confirmation.what':
    'The password of your account at {site} was just changed. From now on only the new one works.',
  'confirmation.hold': 'As a precaution, withdrawals may stay paused for a while after the change.',
  'confirmation.not_you':
    'If this was not you, somebody else can use your account now: tell us at once. Open our site or app yourself for that, the way you always do.',
} as const

export type MessageKey = keyof typeof en
/** A catalogue with a key missing or too many does not compile. */
export type Messages = Readonly<Record<MessageKey, string>>
