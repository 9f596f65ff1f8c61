/** What the address of an attempt tells about where it came from; `null` is unknown. */
export type Place = {
  country: string | null
  asn: bigint | null
  latitude: number | null
  longitude: number | null
  /** The first of the operator's lists that holds the address, such as `tor`. */
  listed: string | null
}

export type LookUp = (ip: string) => Place

export const NOWHERE: Place = {
  country: null,
  asn: null,
  latitude: null,
  longitude: null,
  listed: null,
}
