import type { Place } from '../platform/geo.js'

export type { Place }

/** Tells where an address is; what is not known is `null`. */
export type LookUp = (ip: string) => Place

/** For attempts whose addresses nobody looks up. */
export const NOWHERE: Place = {
  country: null,
  asn: null,
  latitude: null,
  longitude: null,
  listed: null,
}
