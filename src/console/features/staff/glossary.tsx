import { Box, Stack, Text, TextInput } from '@mantine/core'
import { useRef, useState } from 'react'
import { FirstVisit } from '../../components/first-visit.js'
import { useKey } from '../../components/keys.js'
import { count } from '../../components/number.js'
import { Page } from '../../components/page.js'
import { Empty } from '../../components/problem.js'
import { findEntries } from './glossary-words.js'

/** What the words of the console mean. */
export function Glossary() {
  const [typed, setTyped] = useState('')
  const field = useRef<HTMLInputElement>(null)
  useKey({ keys: '/', says: 'Find a word', run: () => field.current?.focus() })
  const found = findEntries(typed)
  return (
    <Page title="Glossary">
      <FirstVisit canReopen />
      <TextInput
        ref={field}
        label="Find a word"
        type="search"
        maw="24rem"
        value={typed}
        onChange={(event) => setTyped(event.currentTarget.value)}
      />
      <Text role="status" size="sm">
        {found.length === 1 ? '1 word' : `${count(found.length)} words`}
      </Text>
      {found.length === 0 ? (
        <Empty title="The console does not use this word">Try a shorter one.</Empty>
      ) : (
        <Stack component="dl" gap="md" m={0} maw="45rem">
          {found.map(({ word, says }) => (
            <Box key={word}>
              <Text component="dt" fw={600}>
                {word}
              </Text>
              <Text component="dd" m={0}>
                {says}
              </Text>
            </Box>
          ))}
        </Stack>
      )}
    </Page>
  )
}
