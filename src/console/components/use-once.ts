import { useRef } from 'react'

/** One idempotency key for each different thing that is asked for: sent twice it is made once. */
export function useOnce(): (body: unknown) => string {
  const last = useRef({ body: '', key: '' })
  return (body) => {
    const text = JSON.stringify(body)
    if (last.current.body !== text) last.current = { body: text, key: crypto.randomUUID() }
    return last.current.key
  }
}
