import type { Tx } from '../../platform/db.js'

export async function listHashes(tx: Tx, listIds: string[]): Promise<string[]> {
  const lists = await tx.list.findMany({ where: { id: { in: listIds } }, select: { sha256: true } })
  return lists.map((list) => list.sha256)
}

export const chunksOf = (tx: Tx, sweepId: string) =>
  tx.chunk.findMany({
    where: { sweepId },
    orderBy: { no: 'asc' },
    select: { phase: true, firstSeq: true, lastSeq: true, digest: true },
  })
