import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import type { Response } from 'express'

/**
 * Sends text as it is made, no faster than the other side reads it. Whoever hangs up ends the
 * making, and nothing is wrong; when the making fails the connection breaks off, so that nobody
 * takes a part for the whole.
 */
export async function sendStream(res: Response, texts: AsyncIterable<string>): Promise<void> {
  try {
    await pipeline(Readable.from(texts), res)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ERR_STREAM_PREMATURE_CLOSE') throw error
  }
}
