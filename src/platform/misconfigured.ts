import { Refusal } from './errors.js'

/** What is wrong with one variable, as a sentence that says what to do. */
export type Misconfiguration = { path: string; message: string }

/** The refusal `configuration_invalid` for everything that is wrong, each line naming its variable. */
export function misconfigured(errors: readonly Misconfiguration[], cause?: unknown): Refusal {
  const lines = errors.map(({ path, message }) => `  ${path}: ${message}`)
  return new Refusal(
    'configuration_invalid',
    `The configuration cannot be used:\n${lines.join('\n')}`,
    { errors, cause },
  )
}

/** Waits for all. Refuses once, with every misconfiguration that any of them found. */
export async function allConfigured<T extends readonly unknown[]>(
  opening: readonly [...{ [K in keyof T]: Promise<T[K]> }],
): Promise<T> {
  const settled = await Promise.allSettled(opening)
  const reasons = settled.flatMap((each) => (each.status === 'rejected' ? [each.reason] : []))
  const errors = reasons.flatMap((reason: unknown) => {
    if (reason instanceof Refusal && reason.code === 'configuration_invalid')
      return reason.options.errors ?? []
    throw reason
  })
  if (reasons.length > 0) throw misconfigured(errors, reasons[0])
  return (await Promise.all(opening)) as unknown as T
}
