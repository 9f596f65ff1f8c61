import { lazy } from 'react'
import type { Act } from '../contract/acts.js'

/** Each area of the console is loaded when somebody goes there. */
const Incidents = lazy(async () => ({
  default: (await import('./features/incidents/page.js')).Incidents,
}))
const IncidentPage = lazy(async () => ({
  default: (await import('./features/incidents/incident-page.js')).IncidentPage,
}))
const Cases = lazy(async () => ({
  default: (await import('./features/cases/page.js')).Cases,
}))
const CasePage = lazy(async () => ({
  default: (await import('./features/cases/case-page.js')).CasePage,
}))
const SweepPage = lazy(async () => ({
  default: (await import('./features/sweeps/page.js')).SweepPage,
}))
const Staff = lazy(async () => ({ default: (await import('./features/staff/page.js')).Staff }))
const Me = lazy(async () => ({ default: (await import('./features/staff/me.js')).Me }))
const Glossary = lazy(async () => ({
  default: (await import('./features/staff/glossary.js')).Glossary,
}))
const MailNow = lazy(async () => ({
  default: (await import('./features/mail/page.js')).MailNow,
}))
const Accounts = lazy(async () => ({
  default: (await import('./features/accounts/page.js')).Accounts,
}))
const Account = lazy(async () => ({
  default: (await import('./features/accounts/account.js')).Account,
}))
const Audit = lazy(async () => ({
  default: (await import('./features/audit/page.js')).Audit,
}))

/** Every screen by its address. */
export const ROUTES = [
  { path: '/', screen: Incidents },
  { path: '/incidents/:id', screen: IncidentPage },
  { path: '/sweeps/:id', screen: SweepPage },
  { path: '/cases', screen: Cases },
  { path: '/cases/:id', screen: CasePage },
  { path: '/mail', screen: MailNow },
  { path: '/accounts', screen: Accounts },
  { path: '/accounts/*', screen: Account },
  { path: '/audit', screen: Audit },
  { path: '/staff/:tab?', screen: Staff },
  { path: '/me', screen: Me },
  { path: '/glossary', screen: Glossary },
] as const

type Area = {
  path: string
  label: string
  act: Act
  keys: string
  /** Where its screens are, besides at its own address. */
  also?: readonly string[]
}

/** The areas in the menu; shown to whoever may use them. `keys` go there. */
export const AREAS: readonly Area[] = [
  {
    path: '/',
    label: 'Incidents',
    act: 'incident.read',
    keys: 'g>i',
    also: ['/incidents', '/sweeps'],
  },
  { path: '/cases', label: 'Cases', act: 'case.read', keys: 'g>c' },
  { path: '/mail', label: 'Mail', act: 'mail.read', keys: 'g>m' },
  { path: '/accounts', label: 'Accounts', act: 'account.read', keys: 'g>a' },
  { path: '/audit', label: 'Audit', act: 'audit.read', keys: 'g>u' },
  { path: '/staff', label: 'Staff', act: 'staff.read', keys: 'g>s' },
  { path: '/glossary', label: 'Glossary', act: 'session.use', keys: 'g>w' },
]
