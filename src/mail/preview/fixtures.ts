import { parseAddress } from '../../values/address.js'
import type { Unwritten } from '../prepare.js'
import type { Sender } from '../sender.js'

/** An invented account, or sender, that has made mails of others go wrong. */
export type Fixture = {
  name: string
  account: Pick<Unwritten, 'name' | 'phrase' | 'wantsLinks'>
  sender?: Partial<Sender>
}

const ANN = { name: 'Ann Bell', phrase: 'blue kettle', wantsLinks: true }
const parsed = parseAddress('help@support.example')
const HELP = 'address' in parsed ? parsed.address : null

export const FIXTURES: readonly Fixture[] = [
  { name: 'with a phrase', account: ANN },
  { name: 'without a phrase', account: { ...ANN, phrase: null } },
  { name: 'without links', account: { ...ANN, wantsLinks: false } },
  { name: 'without links and phrase', account: { ...ANN, phrase: null, wantsLinks: false } },
  { name: 'empty name', account: { ...ANN, name: '' } },
  {
    name: 'long name',
    account: { ...ANN, name: 'Wolfeschlegelsteinhausenbergerdorff Blaine Hubert Adolph III' },
  },
  { name: 'right-to-left name', account: { ...ANN, name: 'محمد عبد الله', phrase: 'إبريق أزرق' } },
  { name: 'emoji', account: { ...ANN, name: 'Ana 👩‍🚀', phrase: '👨‍👩‍👧 in a 🚲' } },
  {
    name: 'markup',
    account: { ...ANN, name: '<script>alert(1)</script>', phrase: '</strong><!-- "&lt; \'' },
  },
  {
    name: 'international host',
    account: ANN,
    sender: { publicUrl: 'https://konten.bücher.example', siteName: 'Bücher & Söhne' },
  },
  { name: 'support address', account: ANN, sender: { support: HELP } },
  { name: 'one hour', account: { ...ANN, phrase: null }, sender: { linkHours: 1 } },
]

/** Opens nothing: no account has it, and no account ever will, since tokens are 32 random bytes. */
export const SAMPLE_TOKEN = 'this-is-a-sample-token-it-opens-no-account'
export const SAMPLE_MAIL_ID = '00000000-0000-4000-8000-000000000000'
export const SAMPLE_DATE = new Date(Date.UTC(2026, 0, 5, 9, 30))

/** The mail that this account would get. */
export const sampleMail = (
  purpose: Unwritten['purpose'],
  locale: string,
  { account }: Fixture,
): Unwritten => ({
  id: SAMPLE_MAIL_ID,
  purpose,
  recipient: 'ann@example.org',
  locale,
  token: SAMPLE_TOKEN,
  ...account,
})
