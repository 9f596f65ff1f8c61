import type { RequestHandler } from 'express'
import { Refusal } from '../errors.js'

/**
 * Lets bodies of so many bytes in all be under way at once, counted until they are answered: many
 * large ones cannot fill the memory before anybody knows who sent them. Refuses with `throttled`.
 */
export function bodyBudget(bytes: number, limit: number): RequestHandler {
  let left = bytes
  return (req, res, next) => {
    const told = Number(req.headers['content-length'])
    const size = Number.isSafeInteger(told) ? Math.min(told, limit) : limit
    if (size > left) {
      throw new Refusal('throttled', 'Too much is being received at once. Send this again.', {
        retryAfter: 1,
      })
    }
    left -= size
    res.on('close', () => {
      left += size
    })
    next()
  }
}
