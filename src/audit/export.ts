import { Refusal } from '../platform/errors.js'
import type { Seal, StoredEvent } from './chain.js'

/** One line of an export: the event, its index, and its link as hex. */
export const toExportLine = ({ seal, event }: { seal: Seal; event: StoredEvent }): string =>
  `${JSON.stringify({ index: seal.index, hash: Buffer.from(seal.hash).toString('hex'), event })}\n`

/** Reads a line back. Refuses with `input_invalid`; whether it is true is for the chain to say. */
export function parseExportLine(line: string): { seal: Seal; event: StoredEvent } {
  try {
    const { index, hash, event } = JSON.parse(line) as {
      index: number
      hash: string
      event: StoredEvent
    }
    return { seal: { index, eventId: event.id, hash: Buffer.from(hash, 'hex') }, event }
  } catch (cause) {
    throw new Refusal('input_invalid', 'This is not an audit export: a line does not parse.', {
      cause,
    })
  }
}
