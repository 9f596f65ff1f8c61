import { randomUUID } from 'node:crypto'
import { createReadStream, createWriteStream } from 'node:fs'
import { mkdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { Transform, type TransformCallback } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { Busboy, type BusboyHeaders } from '@fastify/busboy'
import type { Request } from 'express'
import { Refusal } from '../errors.js'

/** A file somebody sent, kept on disk until `remove`: it is read twice, and may be large. */
export type Upload = {
  /** As its sender calls it; never part of a path. */
  name: string
  open: () => AsyncIterable<Uint8Array>
  remove(): Promise<void>
}

type Limits = { folder: string; bytes: number }

/** Each may fill the disk with as much as a file may have, and keeps a connection for minutes. */
const UPLOADS_AT_ONCE = 8
let underWay = 0

/**
 * Takes the one file of a request: the first file of a multipart form, or the whole body, which
 * `X-Filename` names. Refuses with `file_too_large` above `bytes`, `file_empty` when there is none,
 * `media_type_unsupported` compressed transfer, and `throttled` when this process receives eight already.
 */
export async function receiveFile(req: Request, { folder, bytes }: Limits): Promise<Upload> {
  if (req.headers['content-encoding'] !== undefined) {
    throw new Refusal('media_type_unsupported', 'Send the file as it is, without Content-Encoding.')
  }
  if (underWay >= UPLOADS_AT_ONCE) {
    throw new Refusal('throttled', 'Other files are being received. Send this one in a moment.')
  }
  underWay += 1
  try {
    return await receive(req, { folder, bytes })
  } finally {
    underWay -= 1
  }
}

async function receive(req: Request, { folder, bytes }: Limits): Promise<Upload> {
  await mkdir(folder, { recursive: true, mode: 0o700 })
  const path = join(folder, randomUUID())
  const remove = () => rm(path, { force: true })
  try {
    const name = req.is('multipart/form-data')
      ? await receiveForm(req, path, bytes)
      : await receiveBody(req, path, bytes)
    return { name, open: () => createReadStream(path), remove }
  } catch (error) {
    await remove()
    throw error
  }
}

async function receiveBody(req: Request, path: string, bytes: number): Promise<string> {
  await store(req, path, bytes)
  return tidyName(req.get('x-filename'))
}

async function receiveForm(req: Request, path: string, bytes: number): Promise<string> {
  let storing: Promise<string> | undefined
  try {
    const form = openForm(req, bytes)
    form.on('file', (_field, stream, name) => {
      storing = store(stream, path, bytes).then(() => tidyName(name))
      storing.catch(() => form.destroy())
    })
    await pipeline(req, form)
  } catch (cause) {
    await storing // says it better, when it was the file that broke off
    throw new Refusal('input_invalid', 'The form cannot be read.', { cause })
  }
  if (!storing) throw new Refusal('file_empty', 'Send one file, as the first part of the form.')
  return storing
}

/** Throws when the header does not describe a form. */
const openForm = (req: Request, bytes: number) =>
  new Busboy({
    headers: req.headers as BusboyHeaders,
    limits: { files: 1, fields: 0, parts: 1, fileSize: bytes + 1, headerPairs: 50 },
  })

const store = (from: NodeJS.ReadableStream, path: string, bytes: number) =>
  pipeline(from, new AtMost(bytes), createWriteStream(path, { mode: 0o600 }))

class AtMost extends Transform {
  #left: number

  constructor(private readonly bytes: number) {
    super()
    this.#left = bytes
  }

  override _transform(chunk: Buffer, _encoding: string, done: TransformCallback): void {
    this.#left -= chunk.length
    if (this.#left >= 0) done(null, chunk)
    else done(tooLarge(this.bytes))
  }
}

const tooLarge = (bytes: number) =>
  new Refusal(
    'file_too_large',
    `A file may have ${Math.floor(bytes / 2 ** 20)} MiB. Split it, or gzip it.`,
  )

const tidyName = (name: string | undefined): string =>
  (name ?? 'upload').replace(/[\p{Cc}/\\]/gu, '_').slice(-200)
