import { Button, Group, Paper, Progress, Stack, Text } from '@mantine/core'
import { IconAlertTriangle, IconCheck, IconFileUpload, IconInfoCircle } from '@tabler/icons-react'
import { type DragEvent, useId, useState } from 'react'
import { useKey } from '../../components/keys.js'
import { Problem } from '../../components/problem.js'
import { inWords, isGoing, isStoppable, type Upload, useUploads } from './use-uploads.js'

/** Where lists of exposed addresses are dropped or chosen, and what became of each. */
export function AddLists({ incidentId }: { incidentId: string }) {
  const { uploads, add } = useUploads(incidentId)
  return (
    <Stack gap="sm">
      <DropArea onFiles={add} />
      {uploads.length > 0 && (
        <Stack component="ul" gap="xs" p={0} m={0} aria-label="Files of this visit">
          {uploads.map((upload) => (
            <OneUpload key={upload.no} upload={upload} />
          ))}
        </Stack>
      )}
    </Stack>
  )
}

function DropArea({ onFiles }: { onFiles: (files: readonly File[]) => void }) {
  const id = useId()
  const [isOver, setOver] = useState(false)
  useKey({
    keys: 'l',
    says: 'Choose lists to add',
    run: () => document.getElementById(id)?.click(),
  })
  const over = (event: DragEvent) => {
    event.preventDefault()
    setOver(true)
  }
  const drop = (event: DragEvent) => {
    event.preventDefault()
    setOver(false)
    onFiles([...event.dataTransfer.files])
  }
  return (
    <Paper
      withBorder
      p="md"
      onDragOver={over}
      onDragLeave={() => setOver(false)}
      onDrop={drop}
      style={{
        borderStyle: 'dashed',
        ...(isOver ? { borderColor: 'var(--mantine-primary-color-filled)' } : {}),
      }}
    >
      <Group wrap="nowrap" align="flex-start">
        <IconFileUpload aria-hidden />
        <Stack gap={6} miw={0}>
          <Text component="label" htmlFor={id} fw={600}>
            {isOver ? 'Let go to add these files' : 'Add lists: drop files here, or choose them'}
          </Text>
          <input
            id={id}
            type="file"
            multiple
            aria-describedby={`${id}-help`}
            style={{ maxWidth: '100%', font: 'inherit' }}
            onChange={({ currentTarget }) => {
              onFiles([...(currentTarget.files ?? [])])
              currentTarget.value = ''
            }}
          />
          <Text size="sm" c="dimmed" id={`${id}-help`}>
            Text, CSV, TSV, JSON, NDJSON, mails (.eml, .mbox) or SHA-256 hashes, each also gzipped;
            up to 1 GiB. A list does nothing to anybody.
          </Text>
        </Stack>
      </Group>
    </Paper>
  )
}

const ICONS = {
  added: IconCheck,
  same: IconInfoCircle,
  stopped: IconInfoCircle,
  refused: IconAlertTriangle,
} as const

function OneUpload({ upload }: { upload: Upload }) {
  const { file, progress, stop } = upload
  const Icon = progress.is in ICONS ? ICONS[progress.is as keyof typeof ICONS] : undefined
  return (
    <Paper component="li" withBorder p="sm" style={{ listStyle: 'none' }}>
      <Group justify="space-between" wrap="nowrap" align="flex-start">
        <Stack gap={2} miw={0}>
          <Group gap="xs" wrap="nowrap">
            {Icon && <Icon size={18} aria-hidden />}
            <Text fw={600} style={{ overflowWrap: 'anywhere' }}>
              {file.name}
            </Text>
          </Group>
          {progress.is !== 'refused' && <Text size="sm">{inWords(progress)}</Text>}
        </Stack>
        {isStoppable(upload) && (
          <Button size="xs" variant="default" onClick={stop} aria-label={`Stop ${file.name}`}>
            Stop
          </Button>
        )}
      </Group>
      {isGoing(upload) && (
        <Progress
          mt="xs"
          value={
            progress.is === 'sending' ? progress.part * 100 : progress.is === 'reading' ? 100 : 0
          }
          animated={progress.is === 'reading'}
          aria-label={`Sending ${file.name}`}
        />
      )}
      {progress.is === 'refused' && <Problem error={progress.error} />}
    </Paper>
  )
}
