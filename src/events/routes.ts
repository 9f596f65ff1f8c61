import type { RequestHandler } from 'express'
import express from 'express'
import { z } from 'zod'
import * as calls from '../contract/events.js'
import { answer, parseInput, type Route, serve, serveOnce } from '../platform/http/route.js'
import { authenticatePoll, type PollDeps, pollSets } from './polling/service.js'
import {
  addEndpoint,
  disableEndpoint,
  type EndpointDeps,
  listDeliveries,
  listEndpoints,
  replayDeliveries,
  rotateSecret,
} from './service.js'
import { publicKeys } from './signing/service.js'
import { deliveryView, endpointView } from './view.js'

const POLL_BYTES = 64 * 1024
const IDS_AT_MOST = 1_000

/** RFC 8936 §2.2. Members that are not known are ignored, as its extensibility wants. */
const PollBody = z.object({
  maxEvents: z.int().min(0).optional(),
  returnImmediately: z.boolean().optional(),
  ack: z.array(z.string().max(128)).max(IDS_AT_MOST).optional(),
  setErrs: z.record(z.string().max(128), z.object({ err: z.string().optional() })).optional(),
})

/** How receivers of security event tokens find keys, settings and, if they poll, their tokens. */
export const eventRoutes: readonly Route<PollDeps>[] = [
  {
    method: 'get',
    path: '/.well-known/jwks.json',
    summary: 'The public keys that verify security event tokens (RFC 7517)',
    allow: 'anyone',
    bind: (deps) => [async (_req, res) => void res.json(await publicKeys(deps))],
  },
  {
    method: 'get',
    path: '/.well-known/ssf-configuration',
    summary: 'What this transmitter of security events can do (OpenID SSF 1.0 §7)',
    allow: 'anyone',
    bind: ({ issuer }) => [(_req, res) => void res.json(configurationOf(issuer))],
  },
  {
    method: 'post',
    path: '/v1/ssf/poll',
    summary: 'Fetch and acknowledge security event tokens (RFC 8936)',
    allow: 'anyone',
    bind: (deps) => [insist(deps), express.json({ limit: POLL_BYTES, inflate: false }), poll(deps)],
  },
]

const configurationOf = (issuer: string) => ({
  spec_version: '1_0',
  issuer,
  jwks_uri: `${issuer}/.well-known/jwks.json`,
  delivery_methods_supported: ['urn:ietf:rfc:8935', 'urn:ietf:rfc:8936'],
  authorization_schemes: [{ spec_urn: 'urn:ietf:rfc:6750' }],
  default_subjects: 'ALL',
})

/** The token first: the body of a stranger is not read. */
const insist =
  (deps: PollDeps): RequestHandler =>
  async (req, res, next) => {
    res.locals.endpointId = await authenticatePoll(deps, req.headers.authorization)
    next()
  }

const poll =
  (deps: PollDeps): RequestHandler =>
  async (req, res) => {
    const asked = parseInput(PollBody, req.body ?? {}, 'body')
    const gone = new AbortController()
    res.on('close', () => gone.abort())
    const { signal } = gone
    res.json(await pollSets(deps, String(res.locals.endpointId), { ...asked, signal }))
  }

/** Who is told, over the staff listener. */
export const endpointRoutes: readonly Route<EndpointDeps>[] = [
  serve(calls.listEndpoints, async (_asked, deps: EndpointDeps) =>
    answer(200, { items: (await listEndpoints(deps)).map(endpointView) }),
  ),
  serveOnce(calls.addEndpoint, async ({ body, actor }, tx, deps: EndpointDeps) =>
    answer(201, await addEndpoint(tx, deps, { ...body, actor: actor.id })),
  ),
  serve(calls.disableEndpoint, async ({ params, actor }, deps: EndpointDeps) => {
    await disableEndpoint(deps, { id: params.id, actor: actor.id })
    return answer(204, undefined)
  }),
  serveOnce(calls.rotateSecret, async ({ params, body, actor }, tx, { cipher }: EndpointDeps) =>
    answer(201, await rotateSecret(tx, cipher, { ...params, ...body, actor: actor.id })),
  ),
  serve(calls.listDeliveries, async ({ query }, deps: EndpointDeps) => {
    const { take, ...selection } = query
    const found = await listDeliveries(deps, withTimes(selection), take)
    return answer(200, { items: found.map(deliveryView) })
  }),
  serve(calls.replayDeliveries, async ({ body, actor }, deps: EndpointDeps) => {
    const selection = { ids: body.ids, ...withTimes(body), actor: actor.id }
    return answer(200, { replayed: await replayDeliveries(deps, selection) })
  }),
]

type Asked = {
  endpoint?: string | undefined
  status?: string | undefined
  from?: string | undefined
  to?: string | undefined
}

const withTimes = ({ endpoint, status, from, to }: Asked) => ({
  endpoint,
  status,
  from: from === undefined ? undefined : new Date(from),
  to: to === undefined ? undefined : new Date(to),
})
