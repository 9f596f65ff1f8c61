import { randomUUID } from 'node:crypto'
import { link, mkdir, open, rm } from 'node:fs/promises'
import { join } from 'node:path'

/**
 * Writes a file that appears whole or not at all, survives a power cut once this returns, and
 * replaces nothing: a file that is already there stays as it is. A draft that a killed process
 * leaves behind begins with a dot. The folder needs hard links, as local disks and NFS have.
 */
export async function writeOnce(folder: string, name: string, text: string): Promise<void> {
  await mkdir(folder, { recursive: true })
  const draft = join(folder, `.${name}.${randomUUID()}`)
  try {
    await writeDurably(draft, text)
    await link(draft, join(folder, name)).catch(unlessThere)
  } finally {
    await rm(draft, { force: true })
  }
  await syncFolder(folder)
}

async function writeDurably(path: string, text: string): Promise<void> {
  const file = await open(path, 'wx', 0o444)
  try {
    await file.writeFile(text)
    await file.sync()
  } finally {
    await file.close()
  }
}

function unlessThere(error: NodeJS.ErrnoException): void {
  if (error.code !== 'EEXIST') throw error
}

/** Names are durable once their folder is; Windows opens no folders and needs none of this. */
async function syncFolder(folder: string): Promise<void> {
  if (process.platform === 'win32') return
  const opened = await open(folder, 'r')
  try {
    await opened.sync()
  } finally {
    await opened.close()
  }
}
