import { List, Text } from '@mantine/core'
import { count } from '../../components/number.js'
import { When } from '../../components/time.js'
import type { Lane } from './queries.js'

type Deferred = NonNullable<Lane['deferred']>

const MEANS: Readonly<Record<Deferred['said'][number]['means'], string>> = {
  throttle_lane: 'takes less than we send',
  throttle_recipient: 'a mailbox gets too much',
  greylist: 'wants strangers to come back',
  block_reputation: 'has us on a list, or in bad standing',
  auth_config: 'something of ours is set up wrongly',
  content: 'does not like what the mail says',
  recipient_gone: 'says that the mailbox is gone',
  mailbox_full: 'a mailbox is full',
  policy: 'has another rule',
  unknown: 'says what no rule knows',
  no_reply: 'said nothing',
}

/** What the server of a lane put off, until when, and what it said: by what that means. */
export function PutOff({ deferred }: { deferred: Deferred }) {
  const { mails, untilAt, said } = deferred
  return (
    <>
      <Text size="sm">
        {count(mails)} put off, tried again by <When at={untilAt} />
      </Text>
      <List size="xs" style={{ overflowWrap: 'anywhere' }}>
        {said.map(({ means, mails: some, says }) => (
          <List.Item key={means}>
            {count(some)}: {MEANS[means]} (“{says}”)
          </List.Item>
        ))}
      </List>
    </>
  )
}
