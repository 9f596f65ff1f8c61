import { Kbd, Table } from '@mantine/core'
import { useContext, useState } from 'react'
import { useHotkeys, useHotkeysContext } from 'react-hotkeys-hook'
import { Dialog } from './dialog.js'
import { Layer, PAGE, useFront } from './layer.js'

type Bound = {
  /** `j`, or one after the other: `g>c`. As on the key, whatever the layout. */
  keys: string
  /** What it does, in the map that `?` opens. */
  says: string
  run(): void
  isOff?: boolean
  /** Goes on while the key is held down, which nothing that is done may. */
  repeats?: boolean
  /** On the page and in every dialog. */
  isEverywhere?: boolean
}

const SEQUENCE_MS = 1_500
let leaderAt = Number.NEGATIVE_INFINITY
let second: KeyboardEvent | undefined
document.addEventListener('keydown', (event) => {
  second = event.timeStamp - leaderAt < SEQUENCE_MS ? event : undefined
  leaderAt = event.key === 'g' ? event.timeStamp : Number.NEGATIVE_INFINITY
})

/** `g` then `c` goes to the cases; it must not also do what `c` alone does there. */
const isInSequence = (event: KeyboardEvent, keys: string) => !keys.includes('>') && event === second

const EVERYWHERE = 'everywhere'

/** Ticking a box or choosing from a few is no typing: the keys go on working after it. */
const TYPED_INTO =
  'textarea, select, input:not([type=checkbox], [type=radio], [type=file]), [role=menu] *, [role=slider]'
const isTyped = ({ target }: KeyboardEvent) =>
  target instanceof Element && target.matches(TYPED_INTO)

/** Binds a key for as long as the component that calls this is on the page. */
export function useKey({ keys, says, run, isOff = false, repeats, isEverywhere }: Bound): void {
  const front = useFront()
  const own = useContext(Layer)
  const layer = isEverywhere ? EVERYWHERE : own
  useHotkeys(
    keys === '?' ? 'shift+?' : keys,
    (event) => {
      if (isTyped(event) || isInSequence(event, keys) || (event.repeat && !repeats)) return
      if (layer !== EVERYWHERE && layer !== front) return
      event.preventDefault()
      run()
    },
    {
      description: says,
      enabled: !isOff,
      enableOnFormTags: true,
      useKey: true,
      sequenceTimeoutMs: SEQUENCE_MS,
      metadata: { keys, layer },
    },
    [run, isOff, front, layer],
  )
}

/** The map of all keys that work where it is opened. */
export function KeyMap() {
  const front = useFront()
  const [of, setOf] = useState<string | null>(null)
  useKey({
    keys: '?',
    says: 'Show this map',
    run: () => setOf(of === null ? front : null),
    isEverywhere: true,
  })
  const { hotkeys } = useHotkeysContext()
  if (of === null) return null
  const works = hotkeys.filter(({ metadata }) => [of, EVERYWHERE].includes(String(metadata?.layer)))
  return (
    <Dialog
      onClose={() => setOf(null)}
      title={of === PAGE ? 'Keys on this page' : 'Keys in this dialog'}
    >
      <Table>
        <Table.Tbody>
          {works.map((key) => (
            <Table.Tr key={String(key.metadata?.keys)}>
              <Table.Td>
                <KeyNames keys={String(key.metadata?.keys)} />
              </Table.Td>
              <Table.Td>{key.description}</Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </Dialog>
  )
}

/** Keys as they are printed on a keyboard. */
export function KeyNames({ keys }: { keys: string }) {
  const parts = keys.split('>')
  return (
    <>
      {parts.map((part, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: the parts never change their order
        <span key={index}>
          {index > 0 && ' then '}
          <Kbd>{part}</Kbd>
        </span>
      ))}
    </>
  )
}
