import { Button, Group, Stack, Text } from '@mantine/core'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { retryUnknown } from '../../../contract/mail.js'
import { mail } from '../../api.js'
import { ActDialog } from '../../components/act-dialog.js'
import { useAnnounce } from '../../components/announcer.js'
import { Dialog } from '../../components/dialog.js'
import { count } from '../../components/number.js'
import { useAsk } from '../../components/step-up.js'
import type { SweepMail } from './queries.js'

type Props = { sweep: SweepMail; onClose: () => void }

/** Sends again what may or may not have arrived, and says how many that were. */
export function RetryDialog({ sweep: { sweepId, unknown }, onClose }: Props) {
  const known = useQueryClient()
  const askFresh = useAsk()
  const announce = useAnnounce()
  const retrying = useMutation({
    mutationFn: (reason: string) =>
      askFresh(retryUnknown, { params: { id: sweepId }, body: { reason } }),
    onSuccess: ({ staged }) => {
      void known.invalidateQueries({ queryKey: mail.queryKey })
      announce(stagedWords(staged, unknown))
    },
  })
  const title = `Send unknown mail of sweep ${sweepId} again`
  if (retrying.data)
    return (
      <Told title={title} says={stagedWords(retrying.data.staged, unknown)} onClose={onClose} />
    )
  return (
    <ActDialog
      title={title}
      act={`Send ${count(unknown)} again`}
      isBusy={retrying.isPending}
      error={retrying.error}
      typed={{ label: 'Reason', description: 'The audit keeps it.' }}
      onAct={(reason) => retrying.mutate(reason)}
      onClose={onClose}
    >
      <Text size="sm">
        {count(unknown)} {unknown === 1 ? 'mail is' : 'mails are'} unknown. Each is sent once more,
        with a link of its own; whoever got the first one has two mails, and the first link stops
        working. Left out is whatever was sent again before or is not waited for any more.
      </Text>
    </ActDialog>
  )
}

const Told = ({ title, says, onClose }: { title: string; says: string; onClose: () => void }) => (
  <Dialog onClose={onClose} title={title} size="lg">
    <Stack>
      <Text>{says}</Text>
      <Group justify="flex-end">
        <Button data-autofocus onClick={onClose}>
          Close
        </Button>
      </Group>
    </Stack>
  </Dialog>
)

function stagedWords(staged: number, unknown: number): string {
  if (staged === 0)
    return 'Nothing is sent again: each of them was before, or nobody waits for it any more.'
  return `${count(staged)} of ${count(unknown)} unknown mails are sent again.`
}
