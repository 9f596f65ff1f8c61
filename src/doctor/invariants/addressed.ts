import { constraints } from '../guards.js'
import type { Invariant } from '../invariant.js'

export const addressed: Invariant = {
  id: 'I5',
  name: 'one addressee',
  says: 'A mail has one recipient, and that is the address stored for its account.',
  rules: [
    {
      finds: 'A mail has no single address as its recipient.',
      names: 'mail',
      sql: String.raw`SELECT id FROM mail WHERE recipient !~ '^[^\s@,;:<>()"\\]+@[^\s@,;:<>()"\\]+$'`,
    },
    {
      finds: 'A copy for a mailbox of our own has no single address as its recipient.',
      names: 'mail',
      sql: String.raw`SELECT id FROM mail_seed WHERE recipient !~ '^[^\s@,;:<>()"\\]+@[^\s@,;:<>()"\\]+$'`,
    },
    {
      // Whoever changed their address since is not compared: their row is younger than the mail.
      finds: 'A mail goes to another address than the one stored for its account.',
      names: 'mail',
      sql: `SELECT m.id FROM mail m JOIN account a ON a.no = m.account_no
        WHERE m.recipient <> a.address AND a.updated_at <= m.created_at`,
    },
    {
      finds: 'A mail belongs to no account.',
      names: 'mail',
      sql: 'SELECT m.id FROM mail m LEFT JOIN account a ON a.no = m.account_no WHERE a.no IS NULL',
    },
    {
      finds: 'A mail was accepted whose bytes nobody inspected.',
      names: 'mail',
      sql: "SELECT id FROM mail WHERE status = 'accepted' AND wire_sha256 IS NULL",
    },
    {
      finds: 'Two mails to different accounts were the same bytes.',
      names: 'mail',
      sql: `SELECT min(id::text) AS id FROM mail WHERE wire_sha256 IS NOT NULL
        GROUP BY wire_sha256 HAVING count(DISTINCT account_no) > 1`,
    },
    constraints('mail_recipient_check', 'mail_seed_recipient_check'),
  ],
  unseen:
    'Seen: the recipient of each row, and that its bytes went through the gate. What stands in those bytes the gate reads before they leave.',
  shownBy: ['test/unit/mail', 'test/flows/mail.test.ts'],
  remedy:
    'Close the valve at once (`cordon mail valve close --reason …`): this is the mistake Cordon exists to prevent. Find out what wrote to `mail` before anybody opens it.',
}
