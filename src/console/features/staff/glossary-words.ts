export type Entry = { word: string; says: string }

/** One word per thing, as the console, the API and the documents use it. */
export const GLOSSARY: readonly Entry[] = [
  {
    word: 'Account',
    says: 'Somebody’s account on the platform that Cordon protects. Whoever it belongs to is its owner.',
  },
  {
    word: 'Action',
    says: 'What a plan does to one account: hold, reset, review, notify, or nothing, with the reasons.',
  },
  { word: 'Actor', says: 'Whoever did something: a member of staff, a machine’s key, or Cordon.' },
  {
    word: 'Address',
    says: 'A mailbox, written in the one form in which two of them can be compared.',
  },
  {
    word: 'Approval',
    says: 'Somebody other than the planner agrees to one plan, exactly as it is. A changed plan needs new approvals. Above the blast radius it takes two people.',
  },
  {
    word: 'Assessment',
    says: 'Evidence judged by a policy: a score from 0 to 100, the reasons for it, and a tier.',
  },
  { word: 'Attempt', says: 'One try to log in to an account, as the platform reported it.' },
  {
    word: 'Audit record',
    says: 'Everything that was done, by whom and when, chained so that a change of it shows.',
  },
  {
    word: 'Batch',
    says: 'Addresses of a list that were exposed together, such as in one message.',
  },
  {
    word: 'Blast radius',
    says: 'How many accounts a sweep may reset before it takes the approval of two people.',
  },
  { word: 'Canary', says: 'The small first part of a sweep or mailing, to see that all is well.' },
  {
    word: 'Case',
    says: 'A question about one account that a person must answer: is this the owner, or a thief?',
  },
  {
    word: 'Claim',
    says: 'A reviewer takes a case. Nobody else can decide it until the lease ends or they give it back.',
  },
  {
    word: 'Cluster',
    says: 'Accounts that the same sources attacked. Their cases can be decided together.',
  },
  {
    word: 'Decision',
    says: 'The answer to a case, with a reason. For ten seconds the reviewer can take it back.',
  },
  {
    word: 'Digest',
    says: 'A fingerprint of a plan. Two people who see the same digest see the same plan.',
  },
  { word: 'Directory', says: 'Where the accounts are kept: in Cordon, or read from the platform.' },
  { word: 'Entry', says: 'One line of a list: an address, or why it is none.' },
  {
    word: 'Escalation',
    says: 'A case that wants other eyes goes first among those of its priority, with why. Cordon escalates what waits far too long.',
  },
  {
    word: 'Evidence',
    says: 'All that is known of an account when it is judged. What is unknown never counts as safe.',
  },
  { word: 'Funnel', says: 'How far people are: exposed, matched, held, reset, mailed, completed.' },
  { word: 'Hold', says: 'Value cannot leave the account. The owner can still log in.' },
  {
    word: 'Incident',
    says: 'One exposure of addresses: when it happened, when it was noticed, its lists and sweeps, and the 72 hours to tell the regulator.',
  },
  { word: 'Key', says: 'What a machine shows to call Cordon, as a password is for a person.' },
  { word: 'Lane', says: 'One mail provider, with the pace at which it takes our mail.' },
  {
    word: 'Lease',
    says: 'How long a claimed case stays with its reviewer. It is renewed while they work on it.',
  },
  { word: 'List', says: 'One file or text of exposed addresses, kept as it was given.' },
  { word: 'Mail', says: 'One message to one account. It never has a second recipient.' },
  { word: 'Match', says: 'An exposed address that belongs to an account.' },
  {
    word: 'Plan',
    says: 'What will be done to whom, decided and stored before anything happens. A sweep runs exactly that.',
  },
  { word: 'Policy', says: 'The rules by which accounts are judged, with a version.' },
  {
    word: 'Reset',
    says: 'The old password stops working and all sessions of the account end. Its owner chooses a new password by the link in our mail.',
  },
  {
    word: 'Score',
    says: 'How endangered an account is, from 0 to 100, as the sum of its reasons.',
  },
  { word: 'Second factor', says: 'What proves who somebody is besides the password.' },
  { word: 'Seed', says: 'A mailbox of our own that gets the mail too, to see that it arrives.' },
  { word: 'Signal', says: 'What makes a login attempt look hostile, with its reason.' },
  {
    word: 'Source',
    says: 'Where attempts come from: the network behind them, or the sender’s name.',
  },
  { word: 'Staff', says: 'The people who operate Cordon.' },
  {
    word: 'Standing',
    says: 'What an account may do now: log in, move value, or first choose a new password.',
  },
  {
    word: 'Step-up',
    says: 'Showing the second factor again before something grave; it counts for five minutes.',
  },
  { word: 'Superseded', says: 'Not done, because a fact changed after the plan was made.' },
  {
    word: 'Sweep',
    says: 'One pass over the accounts of an incident: plan, approve, run, report.',
  },
  {
    word: 'Tier',
    says: 'Accounts that are treated alike: takeover, attacked, unprotected, targeted, listed.',
  },
  { word: 'Valve', says: 'The stop switch of all mail. One person closes it, two open it.' },
  {
    word: 'Watch',
    says: 'After a sweep the incident stays open: an exposed account that is attacked is protected at once.',
  },
  { word: 'Wave', says: 'A part of a mailing. The next one leaves when the last one went well.' },
]

/** Entries whose word or meaning has all that was typed; words that begin with it come first. */
export function findEntries(typed: string): readonly Entry[] {
  const wanted = typed.trim().toLowerCase()
  if (wanted === '') return GLOSSARY
  const parts = wanted.split(/\s+/)
  const found = GLOSSARY.filter(({ word, says }) => {
    const text = `${word} ${says}`.toLowerCase()
    return parts.every((part) => text.includes(part))
  })
  const begins = ({ word }: Entry) => (word.toLowerCase().startsWith(wanted) ? 0 : 1)
  return found.toSorted((left, right) => begins(left) - begins(right))
}
