import { Button, Code, Stack, Text } from '@mantine/core'
import { IconDownload } from '@tabler/icons-react'
import { useMutation } from '@tanstack/react-query'
import { exportAudit } from '../../../contract/audit.js'
import { confirmFactor } from '../../../contract/session.js'
import { Problem } from '../../components/problem.js'
import { useAsk } from '../../components/step-up.js'

/** Takes the record out of Cordon: the browser writes it to a file as it comes, however long it is. */
export function Export() {
  const askFresh = useAsk()
  const taking = useMutation({
    mutationFn: () => askFresh(confirmFactor),
    onSuccess: download,
  })
  return (
    <Stack maw="48rem" align="flex-start">
      <Text>
        One file with every event and its link, a line each. It may be large. Whoever has it can
        verify it without Cordon’s database: <Code>cordon audit verify cordon-audit.ndjson</Code>.
      </Text>
      <Text>
        It holds ids, counts and codes, and says who did what. That you take it is recorded, and it
        wants your second factor.
      </Text>
      <Problem error={taking.error} />
      <Button
        leftSection={<IconDownload aria-hidden />}
        loading={taking.isPending}
        onClick={() => taking.mutate()}
      >
        Take the whole record away
      </Button>
      {taking.isSuccess && (
        <Text role="status">
          Your browser is writing cordon-audit.ndjson, and shows how far it is.
        </Text>
      )}
    </Stack>
  )
}

/** A link like any other, which carries the session that has just shown its second factor. */
function download() {
  const link = document.createElement('a')
  link.href = exportAudit.path
  link.download = 'cordon-audit.ndjson'
  link.click()
}
