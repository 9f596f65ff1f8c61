/**
 * Long lists of numbers travel to and from Postgres as text: binding or reading them one by one
 * costs Prisma 3 to 6 µs each, which for chunks of 5,000 accounts is more than the statement itself.
 */
export const listText = (numbers: readonly (bigint | number)[]): string => `{${numbers.join(',')}}`

/** What `string_agg(…, ',')` gave: comma-separated rows of space-separated numbers; null is no row. */
export const readRows = (text: string | null | undefined): bigint[][] =>
  text ? text.split(',').map((row) => row.split(' ').map(BigInt)) : []

/** The first number of each row. */
export const readNumbers = (text: string | null | undefined): bigint[] =>
  text ? text.split(',').map(BigInt) : []
