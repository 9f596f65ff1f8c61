/** What columns and fields with addresses are called, the surest names first. */
const NAMES = [
  ...['email', 'emailaddress', 'mailaddress', 'useremail', 'customeremail', 'primaryemail'],
  ...['contactemail', 'emailid', 'adresseemail', 'adressemail', 'courriel', 'emailadresse'],
  ...['mailadresse', 'correo', 'correoelectronico', 'direcciondecorreo', 'epost'],
  ...['indirizzoemail', 'postaelettronica', 'enderecodeemail', 'eposta', 'sahkoposti', 'emailcim'],
  ...[
    'adresemail',
    'メール',
    'メールアドレス',
    'eメール',
    '電子メール',
    '邮箱',
    '电子邮件',
    '邮件',
  ],
  ...['电子邮箱', '郵箱', '電子郵件', '이메일', '이메일주소', '메일', 'почта', 'электроннаяпочта'],
  ...['емейл', 'имейл', 'адресэлектроннойпочты', 'пошта', 'البريدالإلكتروني', 'البريدالالكتروني'],
  ...['ایمیل', 'אימייל', 'ईमेल', 'อีเมล', 'mail', 'recipient', 'address', 'adresse', 'アドレス'],
  ...['to', 'addr', 'login', 'username', 'user', 'contact', 'emails', 'addresses', 'recipients'],
]

const RANK = new Map(NAMES.map((name, rank) => [plain(name), rank] as const))

/** How sure the name is that of an address field: 0 is the surest, `undefined` is no such name. */
export function rankFieldName(name: string): number | undefined {
  return name.length > 64 ? undefined : RANK.get(plain(name))
}

function plain(name: string): string {
  return name
    .normalize('NFKD')
    .toLowerCase()
    .replace(/[^\p{L}\p{N}]/gu, '')
}
