import { pipeline } from 'node:stream/promises'
import { createGunzip } from 'node:zlib'
import { Refusal } from '../platform/errors.js'

/** Up to this size a file may be as repetitive as it likes. */
const RATIO_FREE_BYTES = 64 * 1024 * 1024
/** Lists of addresses pack to a fifth or a tenth; DEFLATE goes up to about 1,000. */
const MAX_RATIO = 200

export function isGzip(start: Uint8Array): boolean {
  return start[0] === 0x1f && start[1] === 0x8b
}

/**
 * Unpacks a gzip stream as it comes. Refuses with `file_truncated` where the stream ends early or
 * is damaged, after giving everything before that, and with `file_too_large` for archives that
 * unpack to more than 200 times their size.
 */
export async function* gunzip(packed: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  const unzip = createGunzip()
  let taken = 0
  let given = 0
  async function* counted(): AsyncGenerator<Uint8Array> {
    for await (const chunk of packed) {
      taken += chunk.length
      yield chunk
    }
  }
  // A failure reaches the reader through `unzip` itself.
  pipeline(counted, unzip).catch(() => undefined)
  try {
    for await (const chunk of unzip as AsyncIterable<Buffer>) {
      given += chunk.length
      if (given > RATIO_FREE_BYTES && given > taken * MAX_RATIO) throw tooDense()
      yield chunk
    }
  } catch (cause) {
    throw isZlibError(cause) ? truncated(cause) : cause
  } finally {
    unzip.destroy()
  }
}

function isZlibError(cause: unknown): boolean {
  return String((cause as { code?: unknown } | undefined)?.code).startsWith('Z_')
}

function truncated(cause: unknown): Refusal {
  return new Refusal(
    'file_truncated',
    'The gzip file ends early or is damaged. Copy or download it again.',
    { cause },
  )
}

function tooDense(): Refusal {
  return new Refusal(
    'file_too_large',
    `The gzip file unpacks to more than ${MAX_RATIO} times its size. Unpack it yourself and check it.`,
  )
}
