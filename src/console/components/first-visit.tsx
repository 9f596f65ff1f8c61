import { Button, Group, List, Paper, Stack, Text, Title } from '@mantine/core'
import { useLocalStorage } from '@mantine/hooks'
import { Link } from './link.js'

const STEPS = [
  ['Incident', 'Say what was exposed, when it happened, and add the lists of addresses.'],
  ['Plan', 'Cordon judges every account that is on them and shows what it would do to whom.'],
  ['Approval', 'Somebody else looks at the same plan and agrees to exactly that.'],
  ['Sweep', 'Value is held, passwords are reset, people are told. One key stops it.'],
  ['Cases', 'What no rule can answer goes to reviewers, the most urgent first.'],
  ['Proof', 'The audit record and the report say what was done, by whom, and when.'],
] as const

/** How a response goes, until somebody has read it; with `canReopen` also afterwards. */
export function FirstVisit({ canReopen = false }: { canReopen?: boolean }) {
  const [isRead, setRead] = useLocalStorage({
    key: 'cordon.first-visit',
    defaultValue: false,
    getInitialValueInEffect: false,
  })
  if (isRead)
    return canReopen ? (
      <Group>
        <Button variant="default" onClick={() => setRead(false)}>
          Show how a response goes
        </Button>
      </Group>
    ) : null
  return (
    <Paper component="section" withBorder p="lg" aria-labelledby="first-visit">
      <Stack>
        <Title order={2} size="h3" id="first-visit">
          How a response goes
        </Title>
        <Text maw="45rem">
          Addresses of your users were exposed, and somebody may use them to get into accounts.
          Nothing happens to an account before a plan was shown and approved.
        </Text>
        <List type="ordered" spacing="xs" maw="45rem">
          {STEPS.map(([word, says]) => (
            <List.Item key={word}>
              <b>{word}.</b> {says}
            </List.Item>
          ))}
        </List>
        <Text maw="45rem">
          Press <b>?</b> anywhere to see the keys that work there. The{' '}
          <Link to="/glossary">glossary</Link> explains every word.
        </Text>
        <Group>
          <Button variant="default" onClick={() => setRead(true)}>
            I have read this
          </Button>
        </Group>
      </Stack>
    </Paper>
  )
}
