import { z } from 'zod'
import type { Refusal } from '../platform/errors.js'
import { type Page, type PageAsked, page } from '../platform/http/page.js'
import { statusOf } from '../platform/http/problem.js'
import type { Route } from '../platform/http/route.js'
import { qrPicture } from '../platform/pages/qr.js'
import { chooseLocale } from './pages/messages.js'
import {
  apologyPage,
  codePage,
  donePage,
  enrolledPage,
  type FieldProblem,
  formPage,
  invalidPage,
  type OfferFacts,
  offerPage,
  type Voice,
} from './pages/render.js'
import {
  completeReset,
  type EnrolmentOffer,
  enrolSecondFactor,
  findOffer,
  findReset,
  type LiveReset,
  type ResetDeps,
} from './service.js'

const TokenPath = z.object({ token: z.string().max(200) })
const NoPath = z.object({})
const NoForm = z.undefined()
const Line = z.string().max(2_000)
const ChoiceForm = z.object({ password: Line, passwordAgain: Line, code: Line.default('') })
const TokenForm = z.object({ token: z.string().max(200) })
const CodeForm = z.object({ token: Line, code: Line.default('') })

/** The pages account holders see: HTML, no script, the same for every link that does not work. */
export const resetRoutes: readonly Route<ResetDeps>[] = [
  page({
    method: 'get',
    path: '/reset',
    summary: 'Where people type the code of a mail that holds no link',
    params: NoPath,
    form: NoForm,
    run: async ({ acceptLanguage }, deps: ResetDeps) =>
      codePage(voiceOf(deps, null, acceptLanguage)),
    refuse: apologise,
  }),
  page({
    method: 'post',
    path: '/reset',
    summary: 'The form for a typed code; nothing is spent yet',
    params: NoPath,
    form: TokenForm,
    run: async ({ form, acceptLanguage }, deps: ResetDeps) => {
      const token = form.token.trim()
      const reset = await findReset(deps, token)
      const voice = voiceOf(deps, reset?.locale ?? null, acceptLanguage)
      if (!reset) return invalidPage(voice)
      return formPage(voice, { ...formFacts(reset), action: `/reset/${token}` })
    },
    refuse: apologise,
  }),
  page({
    method: 'get',
    path: '/reset/:token',
    summary: 'The form behind the link of a reset mail; looking changes nothing',
    params: TokenPath,
    form: NoForm,
    run: async ({ params, acceptLanguage }, deps: ResetDeps) => {
      const reset = await findReset(deps, params.token)
      const voice = voiceOf(deps, reset?.locale ?? null, acceptLanguage)
      return reset ? formPage(voice, formFacts(reset)) : invalidPage(voice)
    },
    refuse: apologise,
  }),
  page({
    method: 'post',
    path: '/reset/second-factor',
    summary: 'Binds the authenticator offered after a reset',
    params: NoPath,
    form: CodeForm,
    run: async ({ form, acceptLanguage }, deps: ResetDeps) => {
      const { locale, recoveryCodes } = await enrolSecondFactor(deps, form)
      return enrolledPage(voiceOf(deps, locale, acceptLanguage), recoveryCodes)
    },
    refuse: offerAgain,
  }),
  page({
    method: 'post',
    path: '/reset/:token',
    summary: 'Sets the new password and spends the link',
    params: TokenPath,
    form: ChoiceForm,
    run: async ({ params, form, acceptLanguage }, deps: ResetDeps) => {
      const { locale, heldUntil, offer } = await completeReset(deps, { ...params, ...form })
      const voice = voiceOf(deps, locale, acceptLanguage)
      return donePage(voice, { heldUntil, ...(offer ? { offer: await offerFacts(offer) } : {}) })
    },
    refuse: askAgain,
  }),
]

const voiceOf = (deps: ResetDeps, locale: string | null, acceptLanguage: string): Voice => ({
  locale: chooseLocale(locale, acceptLanguage),
  serviceName: deps.resetTerms.serviceName,
})

const formFacts = (reset: LiveReset) => ({
  address: reset.address,
  hasSecondFactor: reset.canVerifyFactor || reset.factors.length > 0,
  asksCode: reset.canVerifyFactor,
})

async function offerFacts({ token, secret, uri }: EnrolmentOffer): Promise<OfferFacts> {
  return { token, secret, qr: await qrPicture(uri) }
}

type Asked = PageAsked<unknown, unknown>

async function apologise(refusal: Refusal, asked: Asked, deps: ResetDeps): Promise<Page> {
  const voice = voiceOf(deps, null, asked.acceptLanguage)
  if (refusal.code === 'token_invalid' || refusal.options.errors?.[0]?.path === 'path.token') {
    return invalidPage(voice)
  }
  const isBusy = refusal.code === 'throttled' || refusal.code === 'service_unavailable'
  return apologyPage(voice, isBusy ? 'busy' : 'unreadable', statusOf(refusal.code))
}

/** The form once more, saying beside the field what to do. The link still works. */
async function askAgain(refusal: Refusal, asked: Asked, deps: ResetDeps): Promise<Page> {
  const problem = fieldProblemOf(refusal)
  const path = TokenPath.safeParse(asked.params)
  const reset = problem && path.success ? await findReset(deps, path.data.token) : undefined
  if (!problem || !reset) {
    return problem
      ? invalidPage(voiceOf(deps, null, asked.acceptLanguage))
      : apologise(refusal, asked, deps)
  }
  const voice = voiceOf(deps, reset.locale, asked.acceptLanguage)
  return formPage(voice, { ...formFacts(reset), problem })
}

async function offerAgain(refusal: Refusal, asked: Asked, deps: ResetDeps): Promise<Page> {
  const form = CodeForm.safeParse(asked.form)
  const isCodeWrong = refusal.code === 'second_factor_wrong' && form.success
  const found = isCodeWrong ? await findOffer(deps, form.data.token) : undefined
  if (!found) return apologise(refusal, asked, deps)
  const problem: FieldProblem = { field: 'code', problem: 'code_wrong' }
  return offerPage(voiceOf(deps, found.locale, asked.acceptLanguage), {
    ...(await offerFacts(found.offer)),
    problem,
  })
}

function fieldProblemOf(refusal: Refusal): FieldProblem | undefined {
  if (refusal.code === 'second_factor_wrong') return { field: 'code', problem: 'code_wrong' }
  const [error] = refusal.code === 'password_refused' ? (refusal.options.errors ?? []) : []
  return error && ({ field: error.path, problem: error.message } as FieldProblem)
}
