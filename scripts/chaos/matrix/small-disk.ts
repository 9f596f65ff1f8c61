import { execFile } from 'node:child_process'
import { chmodSync, mkdtempSync, rmSync } from 'node:fs'
import { open, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'

const run = promisify(execFile)

/** A file system of its own that can be filled to the last byte. */
export type SmallDisk = {
  folder: string
  fill(): Promise<void>
  empty(): Promise<void>
  close(): Promise<void>
}

/** A tmpfs of so many MiB, or `undefined` where this process may not mount one. */
export async function openSmallDisk(mebibytes: number): Promise<SmallDisk | undefined> {
  const folder = mkdtempSync(join(tmpdir(), 'cordon-disk-'))
  const options = `size=${mebibytes}m,mode=0711`
  const isMounted = await run('mount', ['-t', 'tmpfs', '-o', options, 'tmpfs', folder]).then(
    () => true,
    () => false,
  )
  if (!isMounted) {
    rmSync(folder, { recursive: true })
    return undefined
  }
  chmodSync(folder, 0o711)
  const ballast = join(folder, 'ballast')
  return {
    folder,
    fill: () => fill(ballast),
    empty: () => rm(ballast, { force: true }),
    async close() {
      await run('umount', ['--lazy', folder])
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

const BLOCKS = [1_048_576, 4_096]

/** Large pieces first, then small ones, until not one more fits. */
async function fill(path: string): Promise<void> {
  const file = await open(path, 'a')
  try {
    for (const size of BLOCKS) while (await fits(file, Buffer.alloc(size)));
  } finally {
    await file.close()
  }
}

async function fits(file: Awaited<ReturnType<typeof open>>, block: Buffer): Promise<boolean> {
  try {
    return (await file.write(block)).bytesWritten === block.length
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOSPC') return false
    throw error
  }
}
