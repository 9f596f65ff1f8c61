import { signInAccount } from '../contract/sign-in.js'
import { answer, type Route, serve } from '../platform/http/route.js'
import { type SignInDeps, signIn } from './sign-in/service.js'

/** Logins that Cordon itself checks, for platforms that keep their passwords with it. */
export const signInRoutes: readonly Route<SignInDeps>[] = [
  serve(signInAccount, async ({ body, from }, deps: SignInDeps) => {
    const { address, password, totp, ip = from.ip } = body
    const userAgent = tidyText(body.userAgent)
    return answer(200, await signIn(deps, { address, password, totp, ip, userAgent }))
  }),
]

/** Postgres holds no NUL, and a browser's name needs no control characters. */
const tidyText = (text: string | undefined) => text?.replace(/\p{Cc}/gu, ' ') ?? null
