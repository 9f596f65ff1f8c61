import type { Tx } from '../../platform/db.js'

/** By how much the record's transaction numbers are ahead of this server's; 0 in ordinary life. */
export async function missing(tx: Tx): Promise<bigint> {
  const [row] = await tx.$queryRaw<[{ missing: bigint }]>`SELECT cordon_tx_missing() AS missing`
  return row.missing
}
