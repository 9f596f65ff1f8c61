/** `drawn` of a `population` without putting any back; `marked` of the population are marked. */
export type Draw = { population: number; marked: number; drawn: number }

/**
 * The natural logarithm of the chance that at least so many of those drawn are marked: 0 is certain,
 * -Infinity impossible. One term by Loader's method ("Fast and Accurate Computation of Binomial
 * Probabilities", 2000, as in R's `dhyper`), which unlike differences of log-gammas keeps its digits
 * with populations of 10^8; its neighbours follow by ratios.
 */
export function logAtLeast(draw: Draw, atLeast: number): number {
  const { population, marked, drawn } = draw
  if (atLeast <= Math.max(0, drawn - (population - marked))) return 0
  if (atLeast > Math.min(drawn, marked)) return Number.NEGATIVE_INFINITY
  if (atLeast > drawn * (marked / population))
    return logExactly(draw, atLeast) + Math.log(sumUpwards(draw, atLeast))
  const below = atLeast - 1
  return Math.log1p(-Math.exp(logExactly(draw, below) + Math.log(sumDownwards(draw, below))))
}

/** The chances of `from` and more, as multiples of the chance of `from`. */
function sumUpwards({ population, marked, drawn }: Draw, from: number): number {
  const unmarked = population - marked
  let [term, sum] = [1, 1]
  for (let hit = from; term > sum * Number.EPSILON; hit++) {
    term *= ((marked - hit) / (hit + 1)) * ((drawn - hit) / (unmarked - drawn + hit + 1))
    sum += term
  }
  return sum
}

/** The chances of `from` and fewer, likewise. */
function sumDownwards({ population, marked, drawn }: Draw, from: number): number {
  const unmarked = population - marked
  let [term, sum] = [1, 1]
  for (let hit = from; term > sum * Number.EPSILON; hit--) {
    term *= (hit / (marked - hit + 1)) * ((unmarked - drawn + hit) / (drawn - hit + 1))
    sum += term
  }
  return sum
}

/** Three binomial terms: the share that is drawn, of the marked, of the others and of all. */
function logExactly({ population, marked, drawn }: Draw, hits: number): number {
  const chance = { yes: drawn / population, no: (population - drawn) / population }
  return (
    logBinomial(hits, marked, chance) +
    logBinomial(drawn - hits, population - marked, chance) -
    logBinomial(drawn, population, chance)
  )
}

type Chance = { yes: number; no: number }

function logBinomial(hits: number, tries: number, { yes, no }: Chance): number {
  if (hits === 0) return tries * logOf(no, yes)
  if (hits === tries) return tries * logOf(yes, no)
  const misses = tries - hits
  return (
    stirlingError(tries) -
    stirlingError(hits) -
    stirlingError(misses) -
    deviance(hits, tries * yes) -
    deviance(misses, tries * no) -
    (Math.log(2 * Math.PI) + Math.log(hits) + Math.log1p(-hits / tries)) / 2
  )
}

/** The logarithm of a chance, from whichever of it and its opposite is exact. */
const logOf = (chance: number, opposite: number): number =>
  chance < 0.5 ? Math.log(chance) : Math.log1p(-opposite)

/** ln n! less Stirling's approximation of it. */
function stirlingError(n: number): number {
  if (n > 15) return (1 / 12 - (1 / 360 - (1 / 1260 - 1 / 1680 / n ** 2) / n ** 2) / n ** 2) / n
  let factorial = 1
  for (let each = 2; each <= n; each++) factorial *= each
  return Math.log(factorial) - (n + 0.5) * Math.log(n) + n - Math.log(2 * Math.PI) / 2
}

/** `x ln(x/mean) + mean - x`, by a series where the terms would cancel. */
function deviance(x: number, mean: number): number {
  const gap = x - mean
  if (Math.abs(gap) >= 0.1 * (x + mean)) return x * Math.log(x / mean) - gap
  const ratio = gap / (x + mean)
  let sum = gap * ratio
  let power = 2 * x * ratio
  for (let odd = 3; ; odd += 2) {
    power *= ratio * ratio
    const longer = sum + power / odd
    if (longer === sum) return sum
    sum = longer
  }
}
