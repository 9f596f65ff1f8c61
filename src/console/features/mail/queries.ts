import type { z } from 'zod'
import type { LaneView, readMail, SweepMailView, ValveView } from '../../../contract/mail.js'
import { type BodyOf, mail } from '../../api.js'

export type Mail = BodyOf<typeof readMail>
export type Valve = z.output<typeof ValveView>
export type Lane = z.output<typeof LaneView>
export type SweepMail = z.output<typeof SweepMailView>

const EVERY_MS = 2_000

/** How far mail is, as of at most two seconds ago. */
export const mailNow = { ...mail, refetchInterval: EVERY_MS }
