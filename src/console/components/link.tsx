import { Anchor, type AnchorProps } from '@mantine/core'
import type { ReactNode } from 'react'
import { Link as RouteLink } from 'wouter'

type Props = AnchorProps & { to: string; children: ReactNode; 'aria-label'?: string }

/** A link to another screen, underlined so that it is told apart without colour. */
export const Link = ({ to, ...props }: Props) => (
  <Anchor component={RouteLink} href={to} underline="always" {...props} />
)
