import type { Messages } from './messages.js'

export const EN: Messages = {
  choose: {
    title: 'Choose a new password',
    intro:
      'To protect your account we switched off its old password and signed it out everywhere. Choose a new password to use it again.',
    rules: (least, most) => [
      `At least ${least} characters, at most ${most}. Three or four unrelated words work well.`,
      'Any characters are fine: spaces, accents, any script.',
      'Not your old password, and not one you use anywhere else.',
    ],
    account: 'Account',
    password: 'New password',
    passwordAgain: 'New password again',
    code: 'Code from your authenticator app',
    codeHint: 'Six digits. If you no longer have the app, type one of your recovery codes.',
    submit: 'Set new password',
    retry: 'Nothing was changed yet. Please look at the marked field below.',
  },
  problems: {
    too_short: (least) => `Too short. Use ${least} characters or more.`,
    too_long: (_least, most) => `Too long. Use ${most} characters or fewer.`,
    common: () => 'Many people use this password, so it is tried first. Choose another one.',
    guessable: () => 'Too easy to guess. Add one or two unrelated words.',
    unchanged: () => 'This is your old password. Choose a new one.',
    mismatch: () => 'The two passwords differ. Type the new password again.',
    code_missing: () => 'Type the code that your authenticator app shows now.',
    code_wrong: () =>
      'This code is not right, or was used already. Wait for the next one and type it here.',
  },
  typeCode: {
    title: 'Type the code from our mail',
    intro: 'You asked us not to send links. The mail about your account holds a code instead.',
    label: 'Code',
    submit: 'Continue',
  },
  done: {
    title: 'Your new password is set',
    signIn: 'Open the site or the app the way you always do and sign in with the new password.',
    held: (until) => `As a precaution, withdrawals stay paused until ${until}.`,
    heldForReview: 'As a precaution, withdrawals stay paused while we look into this account.',
    mailed: 'We are sending you a mail that confirms the change.',
  },
  enrol: {
    title: 'Add a second lock, now',
    why: 'With an authenticator app, a stolen password alone is not enough to get in. It takes a minute. This offer ends in 30 minutes.',
    steps: [
      'Open your authenticator app and add an account.',
      'Scan this picture with it.',
      'Type the six digits that the app shows.',
    ],
    qr: 'QR code for your authenticator app',
    byHand: 'Cannot scan it? Type this key into the app:',
    code: 'Six digits from the app',
    submit: 'Turn on',
    later: 'If you do not want this now, just close this page.',
  },
  enrolled: {
    title: 'Your second lock is on',
    intro: 'From now on, signing in also takes a code from your app.',
    keep: 'These recovery codes open your account if you lose your phone. Each works once. Write them down or print this page.',
    once: 'They are shown only now.',
  },
  invalid: {
    title: 'This link does not work',
    why: 'It may have been used already, or it is too old, or part of it got lost.',
    what: 'Check that you opened the newest mail and that the whole link was copied. Otherwise contact support through the site or the app and ask for a new link.',
  },
  busy: {
    title: 'One moment, please',
    what: 'Very many people are setting a new password right now. Nothing was changed. Go back, wait a minute and send the form again.',
  },
  unreadable: {
    title: 'That did not arrive as it should',
    what: 'Nothing was changed. Go back to the form, fill it in again and send it.',
  },
  footer: 'We never ask for your old password, and never for a password by mail or phone.',
}
