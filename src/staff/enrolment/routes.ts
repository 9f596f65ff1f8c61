import { z } from 'zod'
import { LEAST_ALONE, MOST } from '../../platform/credentials/password-policy.js'
import { Refusal } from '../../platform/errors.js'
import { type Page, type PageAsked, page } from '../../platform/http/page.js'
import { statusOf } from '../../platform/http/problem.js'
import type { Route } from '../../platform/http/route.js'
import { qrPicture } from '../../platform/pages/qr.js'
import { enrol, type PeopleDeps, readInvitation } from '../people/service.js'
import {
  apologyPage,
  enrolledPage,
  enrolPage,
  type Field,
  type FieldProblem,
  invalidPage,
  type OfferFacts,
  pastePage,
} from './render.js'

const NoPath = z.object({})
const Token = z.string().trim().min(1).max(128)
const TokenForm = z.object({ token: Token })
const Line = z.string().max(1_024).default('')
const ChoiceForm = z.object({ token: Token, password: Line, passwordAgain: Line, code: Line })

/** The pages by which somebody who was invited chooses their password and binds their authenticator. */
export const enrolmentRoutes: readonly Route<PeopleDeps>[] = [
  page({
    method: 'get',
    path: '/enrol',
    summary: 'Where an invitation leads; its code stays behind the # and reaches no log',
    params: NoPath,
    form: z.undefined(),
    run: async () => pastePage(),
    refuse: apologise,
  }),
  page({
    method: 'post',
    path: '/enrol',
    summary: 'What to choose; nothing is spent yet',
    params: NoPath,
    form: TokenForm,
    run: async ({ form }, deps: PeopleDeps) => enrolPage(await offerOf(deps, form.token)),
    refuse: apologise,
  }),
  page({
    method: 'post',
    path: '/enrol/completion',
    summary: 'Sets password and authenticator, spends the invitation, shows the recovery codes',
    params: NoPath,
    form: ChoiceForm,
    run: async ({ form }, deps: PeopleDeps) => {
      if (form.password !== form.passwordAgain) throw mismatch()
      return enrolledPage(await enrol(deps, form))
    },
    refuse: askAgain,
  }),
]

async function offerOf(deps: PeopleDeps, token: string): Promise<OfferFacts> {
  const { email, secret, uri } = await readInvitation(deps, token)
  return { token, email, secret, qr: await qrPicture(uri) }
}

const mismatch = () =>
  new Refusal('password_refused', 'The two passwords differ.', {
    errors: [{ path: 'passwordAgain', message: 'mismatch' }],
  })

async function apologise(refusal: Refusal): Promise<Page> {
  if (refusal.code === 'token_invalid') return invalidPage()
  const status = statusOf(refusal.code)
  return status === 429 || status === 503
    ? apologyPage(
        status,
        'One moment, please',
        'Too much is going on. Nothing was changed; try again.',
      )
    : apologyPage(status, 'This form cannot be read', 'Nothing was changed. Open your link again.')
}

/** The form once more, saying beside the field what to do. The invitation still works. */
async function askAgain(
  refusal: Refusal,
  { form }: PageAsked<unknown, unknown>,
  deps: PeopleDeps,
): Promise<Page> {
  const problem = problemOf(refusal)
  const given = TokenForm.safeParse(form)
  if (!problem || !given.success) return apologise(refusal)
  try {
    return enrolPage(await offerOf(deps, given.data.token), problem)
  } catch (error) {
    if (error instanceof Refusal) return apologise(error)
    throw error
  }
}

const SAYS: Record<string, string> = {
  too_short: `Too short. Use ${LEAST_ALONE} characters or more.`,
  too_long: `Too long. Use ${MOST} characters or fewer.`,
  common: 'Many people use this password, so it is tried first. Choose another one.',
  guessable: 'Too easy to guess. Add one or two unrelated words.',
  mismatch: 'The two passwords differ. Type the password again.',
}

function problemOf({ code, detail, options }: Refusal): FieldProblem | undefined {
  if (code === 'second_factor_wrong') {
    return { field: 'code', says: 'This code is not right. Type the one that the app shows now.' }
  }
  const [error] = code === 'password_refused' ? (options.errors ?? []) : []
  return error && { field: error.path as Field, says: SAYS[error.message] ?? detail }
}
