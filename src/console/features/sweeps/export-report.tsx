import { Anchor, Button, Stack, Text } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { session } from '../../api.js'
import { useFreshen } from '../../components/step-up.js'
import { useNow } from '../../components/time.js'

/** Shorter than the second factor counts, so that a link never leads to a refusal. */
const MARGIN_MS = 10_000

/**
 * The report per account, as a file. Taking it out is grave, and a link cannot ask for the second
 * factor; so the factor comes first, and the link stays for as long as it counts.
 */
export function ExportReport({ id }: { id: string }) {
  const freshen = useFreshen()
  const { data: me } = useQuery(session)
  const now = useNow(5_000)
  const isFresh = me ? new Date(me.freshUntil).getTime() - MARGIN_MS > now : false
  if (isFresh)
    return (
      <Anchor href={`/v1/sweeps/${id}/report.csv`} download underline="always">
        Download the report per account (CSV: ids, no addresses)
      </Anchor>
    )
  return (
    <Stack gap={4} align="flex-start">
      <Button variant="default" onClick={() => void freshen().catch(() => undefined)}>
        Download the report per account…
      </Button>
      <Text size="sm" c="dimmed">
        It names every account by its id. Taking it out is written in the audit record and wants
        your second factor; the download is offered right after.
      </Text>
    </Stack>
  )
}
