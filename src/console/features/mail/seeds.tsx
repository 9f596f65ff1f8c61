import { Text } from '@mantine/core'
import { count, words } from '../../components/number.js'
import type { SweepMail } from './queries.js'

type Wave = SweepMail['waves'][number]

/** What our own mailboxes received of a wave; nothing where none is configured. */
export function SeedCopies({ seeds }: Pick<Wave, 'seeds'>) {
  const { waiting, good, bad, problem } = seeds
  if (waiting + good + bad === 0) return null
  return (
    <>
      . Seed mailboxes: {count(good)} received it as it was sent, {count(waiting)} waited for
      {bad > 0 && (
        <>
          , <strong>{count(bad)} bad</strong>: {words(problem ?? 'it differs')}
        </>
      )}
    </>
  )
}

/** Without seed mailboxes nobody looks at what really arrives, and that must not be overlooked. */
export function SeedMailboxes({ seedMailboxes }: Pick<SweepMail, 'seedMailboxes'>) {
  if (seedMailboxes === null) return null
  return (
    <Text size="sm">
      {seedMailboxes === 0
        ? 'No seed mailbox is configured: nobody looks at what really arrives.'
        : `${count(seedMailboxes)} seed ${seedMailboxes === 1 ? 'mailbox gets' : 'mailboxes get'} a mail of each wave; the next wave waits for all of them.`}
    </Text>
  )
}
