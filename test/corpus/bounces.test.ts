import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { readReport } from '../../src/mail/returns/read-report.js'
import { describeCorpus, listFixtures } from './fixtures.js'

/**
 * Real reports of many servers, and what each means, read by people: kind, the most specific code
 * that was said ('' for none), and why. Only these labels are ours; the files stay where they are.
 */
const MEANT = `
arf-14                 complaint  -        -
arf-19                 notice     -        -
arf-24                 complaint  -        -
lhost-amavis-01        failed     5.1.1    recipient_gone
lhost-amazonses-03     failed     5.2.2    mailbox_full
lhost-amazonses-09     failed     5.1.1    recipient_gone
lhost-amazonses-14     failed     5.7.1    reputation
lhost-amazonses-19     failed     5.7.1    mailbox_disabled
lhost-amazonworkmail-03 failed    5.3.5    system
lhost-apachejames-01   failed     -        recipient_gone
lhost-courier-01       failed     5.1.1    recipient_gone
lhost-domino-02        failed     5.0.0    recipient_gone
lhost-dragonfly-04     failed     -        recipient_gone
lhost-dragonfly-09     failed     5.2.1    recipient_gone
lhost-dragonfly-14     failed     5.3.4    content
lhost-dragonfly-19     failed     5.7.1    policy
lhost-dragonfly-24     failed     5.1.1    recipient_gone
lhost-dragonfly-29     failed     -        unreachable
lhost-exchange2003-02  failed     -        recipient_gone
lhost-exchange2007-01  failed     5.1.1    recipient_gone
lhost-exchange2007-06  failed     5.1.1    recipient_gone
lhost-exim-04          failed     5.7.0    reputation
lhost-exim-29          failed     5.0.0    sender_refused
lhost-exim-34          failed     5.7.1    reputation
lhost-exim-39          failed     -        reputation
lhost-exim-44          failed     5.0.0    system
lhost-exim-49          failed     5.0.0    policy
lhost-exim-54          failed     -        reputation
lhost-exim-59          failed     5.1.1    recipient_gone
lhost-ezweb-03         failed     -        mailbox_disabled
lhost-fml-02           failed     -        policy
lhost-gmail-05         failed     5.7.1    policy
lhost-gmail-10         failed     -        unreachable
lhost-gmail-18         failed     5.1.1    recipient_gone
lhost-gmx-04           failed     -        unreachable
lhost-googlegroups-05  failed     -        other
lhost-googlegroups-10  failed     -        other
lhost-googleworkspace-01 failed   -        sender_refused
lhost-imailserver-06   failed     -        content
lhost-mailfoundry-02   failed     5.1.1    mailbox_full
lhost-mailru-04        failed     5.1.1    recipient_gone
lhost-mailru-09        failed     5.1.8    sender_refused
lhost-mcafee-04        failed     -        recipient_gone
lhost-messagingserver-04 failed   5.2.2    mailbox_full
lhost-messagingserver-09 failed   5.0.0    recipient_gone
lhost-mfilter-02       failed     5.1.1    recipient_gone
lhost-mimecast-02      failed     5.7.54   policy
lhost-notes-02         failed     -        recipient_gone
lhost-office365-04     failed     5.1.351  recipient_gone
lhost-office365-09     failed     5.1.351  recipient_gone
lhost-opensmtpd-01     failed     5.1.1    recipient_gone
lhost-opensmtpd-06     delayed    4.4.7    unreachable
lhost-opensmtpd-14     failed     5.7.25   reputation
lhost-outlook-02       failed     5.1.1    recipient_gone
lhost-outlook-08       failed     5.5.0    recipient_gone
lhost-postfix-04       failed     5.1.1    recipient_gone
lhost-postfix-09       failed     4.3.2    throttled
lhost-postfix-15       failed     4.4.1    unreachable
lhost-postfix-30       failed     5.4.1    recipient_gone
lhost-postfix-35       failed     5.0.0    recipient_gone
lhost-postfix-40       failed     4.0.0    system
lhost-postfix-45       failed     4.3.0    mailbox_full
lhost-postfix-50       failed     4.0.0    unreachable
lhost-postfix-55       failed     5.0.0    throttled
lhost-postfix-60       failed     4.0.0    reputation
lhost-postfix-65       failed     5.0.0    sender_refused
lhost-postfix-70       failed     5.7.26   sender_refused
lhost-postfix-75       notice     -        -
lhost-postfix-80       failed     5.1.0    reputation
lhost-qmail-02         failed     5.1.1    recipient_gone
lhost-qmail-07         failed     4.4.1    unreachable
lhost-qmail-12         failed     5.4.4    recipient_gone
lhost-qmail-17         failed     5.1.1    recipient_gone
lhost-qmail-22         failed     5.7.509  sender_refused
lhost-receivingses-02  failed     5.1.1    recipient_gone
lhost-receivingses-07  failed     5.2.0    policy
lhost-sendmail-01      failed     5.1.1    recipient_gone
lhost-sendmail-06      failed     5.6.9    content
lhost-sendmail-11      failed     4.4.7    unreachable
lhost-sendmail-16      failed     5.5.0    reputation
lhost-sendmail-21      failed     4.4.7    unreachable
lhost-sendmail-27      failed     5.1.1    recipient_gone
lhost-sendmail-32      failed     5.1.1    recipient_gone
lhost-sendmail-37      failed     5.1.1    recipient_gone
lhost-sendmail-42      failed     5.1.2    recipient_gone
lhost-sendmail-47      failed     5.1.1    recipient_gone
lhost-sendmail-52      failed     5.1.1    recipient_gone
lhost-sendmail-57      failed     5.7.27   recipient_gone
lhost-surfcontrol-02   failed     5.0.0    system
lhost-v5sendmail-01    failed     -        unreachable
`

const rows = MEANT.trim()
  .split('\n')
  .map((row) => row.split(/\s+/) as [string, string, string, string])

describeCorpus('sisimai-bounces', (dir) => {
  const files = listFixtures(dir, (path) => path.endsWith('.eml'))

  test('every fixture has its label, and no label is left over', () => {
    expect(rows.map(([name]) => `bsd/${name}.eml`)).toEqual(files)
  })

  test.each(rows)('%s: %s %s %s', async (name, kind, status, reason) => {
    const report = await readReport(readFileSync(join(dir, 'bsd', `${name}.eml`)))
    expect([report.kind, report.status ?? '-', report.class ?? '-']).toEqual([kind, status, reason])
  })

  test.each(rows)('%s: with the line ends of SMTP it means the same', async (name) => {
    const bytes = readFileSync(join(dir, 'bsd', `${name}.eml`))
    const wire = Buffer.from(bytes.toString('latin1').replace(/\r?\n/g, '\r\n'), 'latin1')
    expect(await readReport(wire)).toEqual(await readReport(bytes))
  })

  test.each(rows)('%s: what is kept of it shows no address', async (name) => {
    const { diagnostic } = await readReport(readFileSync(join(dir, 'bsd', `${name}.eml`)))
    expect(diagnostic ?? '').not.toContain('@')
  })
})
