declare const brand: unique symbol
/** A nonnegative amount as a plain decimal string: `0`, `12.5`, `0.00000001`. Never a float. */
export type Amount = string & { readonly [brand]: 'Amount' }

const SHAPE = /^\d{1,24}(\.\d{1,18})?$/

/** Reads an amount. Signs, exponents, separators and more than 24.18 digits are not amounts. */
export function parseAmount(raw: string): Amount | undefined {
  return SHAPE.test(raw) ? (raw as Amount) : undefined
}

const CURRENCY = /^[A-Z0-9]{3,8}$/

/** ISO 4217 codes and the tickers of assets that have none (`BTC`, `USDT`). */
export const isCurrency = (raw: string): boolean => CURRENCY.test(raw)
