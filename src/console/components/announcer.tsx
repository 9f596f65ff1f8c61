import { VisuallyHidden } from '@mantine/core'
import { createContext, type ReactNode, useCallback, useContext, useState } from 'react'

const Announce = createContext<(says: string) => void>(() => undefined)

/** Says what happened to people who listen to the page (WCAG 2.2 §4.1.3). */
export const useAnnounce = () => useContext(Announce)

/** The live region of the page. The same sentence twice is said twice. */
export function Announcer({ children }: { children: ReactNode }) {
  const [said, setSaid] = useState({ says: '', times: 0 })
  const announce = useCallback(
    (says: string) => setSaid(({ times }) => ({ says, times: times + 1 })),
    [],
  )
  return (
    <Announce value={announce}>
      {children}
      <VisuallyHidden role="status" aria-live="polite">
        <span key={said.times}>{said.says}</span>
      </VisuallyHidden>
    </Announce>
  )
}
