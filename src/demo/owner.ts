import { readFile } from 'node:fs/promises'
import PostalMime from 'postal-mime'

/** What an account's owner can do from outside: read their mail, follow the link, sign in. */
export type Owner = {
  signIn(password: string): Promise<string>
  /** Sets a new password through the page behind the link; gives the page's HTTP status. */
  chooseNewPassword(link: string, password: string): Promise<number>
}

/** An owner in front of a running public listener. `key` is the platform's, as in production. */
export function ownerOf(address: string, { url, key }: { url: string; key: string }): Owner {
  return {
    async signIn(password) {
      const answer = await fetch(new URL('/v1/sign-in', url), {
        method: 'POST',
        headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
        body: JSON.stringify({ address, password, ip: '192.0.2.10' }),
      })
      return ((await answer.json()) as { result: string }).result
    },
    async chooseNewPassword(link, password) {
      const answer = await fetch(link, {
        method: 'POST',
        headers: { 'content-type': 'application/x-www-form-urlencoded' },
        body: new URLSearchParams({ password, passwordAgain: password }),
      })
      return answer.status
    },
  }
}

/** The reset link in a stored message, as its reader would see it; `undefined` when it has none. */
export async function linkIn(file: string): Promise<string | undefined> {
  const { text } = await PostalMime.parse(await readFile(file))
  return /https?:\/\/\S+\/reset\/[\w-]+/.exec(text ?? '')?.[0]
}
