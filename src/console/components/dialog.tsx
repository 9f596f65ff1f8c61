import { Modal, type ModalProps, ModalStackContext } from '@mantine/core'
import { type ReactNode, useContext, useId, useLayoutEffect, useState } from 'react'
import { Layer } from './layer.js'

/** Whether Escape closes is the stack's to say. */
type Props = Omit<ModalProps, 'opened' | 'stackId' | 'title' | 'closeOnEscape'> & {
  title: string
  children: ReactNode
}

/**
 * A dialog, there for as long as it is rendered. Escape closes the topmost one only, the keys of the
 * page wait behind it, and whoever closes the last one is back where they were.
 */
export function Dialog({ children, ...modal }: Props) {
  const id = useId()
  const stack = useContext(ModalStackContext)
  // While this renders, the focus is still where it was.
  const [from] = useState(() => document.activeElement)
  // Before anything is drawn: what is pressed next is meant for what is seen.
  // biome-ignore lint/correctness/useExhaustiveDependencies: the stack is another one each time
  useLayoutEffect(() => {
    stack?.addModal(id, 'auto')
    if (open.size === 0) openedFrom = from
    open.add(id)
    return () => {
      stack?.removeModal(id)
      open.delete(id)
      setTimeout(giveFocusBack)
    }
  }, [id])
  return (
    <Modal
      opened
      stackId={id}
      returnFocus={false}
      transitionProps={{ duration: 0 }}
      closeButtonProps={{ 'aria-label': 'Close this dialog' }}
      {...modal}
    >
      <Layer value={id}>{children}</Layer>
    </Modal>
  )
}

const open = new Set<string>()
let openedFrom: Element | null = null

/** The library gives the focus back only from dialogs that stay on the page while they are closed. */
function giveFocusBack() {
  if (open.size > 0 || document.activeElement !== document.body) return
  if (openedFrom instanceof HTMLElement) openedFrom.focus({ preventScroll: true })
  // What opened it may be gone or off by now: then at the title, as on a new page.
  if (document.activeElement === document.body)
    document.querySelector('h1')?.focus({ preventScroll: true })
}
