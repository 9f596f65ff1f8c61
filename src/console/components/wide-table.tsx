import { Box, Table, type TableProps } from '@mantine/core'
import { type ReactNode, useEffect, useRef, useState } from 'react'

type Props = TableProps & {
  /** What the table is about, for whoever comes to it by keyboard to scroll it. */
  label: string
  minWidth: number
  maxHeight?: string
  children: ReactNode
}

/** A table that scrolls by itself where it does not fit, by keyboard too (WCAG 2.2 §2.1.1). */
export function WideTable({ label, minWidth, maxHeight, children, ...table }: Props) {
  const frame = useRef<HTMLDivElement>(null)
  const isLarger = useOverflow(frame)
  const reachable = isLarger ? ({ tabIndex: 0, role: 'region', 'aria-label': label } as const) : {}
  return (
    <Box ref={frame} style={{ overflow: 'auto', maxHeight, maxWidth: '100%' }} {...reachable}>
      <Table miw={minWidth} {...table}>
        {children}
      </Table>
    </Box>
  )
}

/** Whether something is larger than the frame that holds it, as both are now. */
function useOverflow(frame: { current: HTMLElement | null }): boolean {
  const [isLarger, setIsLarger] = useState(false)
  useEffect(() => {
    const { current } = frame
    if (!current) return
    const observer = new ResizeObserver(() =>
      setIsLarger(
        current.scrollWidth > current.clientWidth || current.scrollHeight > current.clientHeight,
      ),
    )
    observer.observe(current)
    if (current.firstElementChild) observer.observe(current.firstElementChild)
    return () => observer.disconnect()
  }, [frame])
  return isLarger
}
