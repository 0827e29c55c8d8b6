import { addressKey } from './address.js';

/** How a provider reads local parts. All others take what stands behind a `+` for a tag. */
interface Provider {
  /** The domain by which its mailboxes are known, and others that lead to the same mailboxes. */
  domains: readonly string[];
  /** Whether dots in the local part mean nothing. */
  dots?: true;
  /** What begins a tag beside `+`. */
  tag?: '-';
}

/**
 * Gmail: https://support.google.com/mail/answer/7436150. Proton:
 * https://proton.me/support/addresses-and-aliases. Yahoo's disposable addresses have a base name and a
 * `-`: https://help.yahoo.com/kb/SLN15971.html. Where two addresses are taken for one by mistake, their
 * owners share a limit, and "never write to me again" of one keeps confirmations from the other. So only
 * what a provider says belongs here. Suppressions keep a hash of the result: a change of these rules
 * needs a migration that makes those anew.
 */
const PROVIDERS: readonly Provider[] = [
  { domains: ['gmail.com', 'googlemail.com'], dots: true },
  { domains: ['proton.me', 'protonmail.com', 'protonmail.ch', 'pm.me'], dots: true },
  { domains: ['icloud.com', 'me.com', 'mac.com'] },
  { domains: ['yandex.ru', 'ya.ru', 'yandex.com', 'yandex.by', 'yandex.kz', 'yandex.ua'] },
  ...[
    ...['yahoo.com', 'ymail.com', 'rocketmail.com', 'myyahoo.com', 'yahoo.co.uk', 'yahoo.co.in'],
    ...['yahoo.fr', 'yahoo.de', 'yahoo.it', 'yahoo.es', 'yahoo.ca', 'yahoo.in', 'yahoo.com.br'],
    ...['yahoo.com.au', 'yahoo.com.ar', 'yahoo.com.mx', 'yahoo.gr', 'yahoo.ie', 'yahoo.ro'],
  ].map((domain) => ({ domains: [domain], tag: '-' }) as const),
];
const BY_DOMAIN = new Map(
  PROVIDERS.flatMap((provider) => provider.domains.map((domain) => [domain, provider] as const)),
);

/** `anything@name.fastmail.com` is `name@fastmail.com`: https://www.fastmail.help/hc/en-us/articles/360060591053 */
const SUBDOMAIN_ADDRESSING = ['fastmail.com', 'fastmail.fm', 'messagingengine.com'];

/** Where so many people have their mailboxes that a day's requests can be many. */
const BIG_DOMAINS: ReadonlySet<string> = new Set([
  ...PROVIDERS.map(({ domains }) => domains[0] ?? ''),
  ...[
    'outlook.com',
    'hotmail.com',
    'hotmail.co.uk',
    'hotmail.fr',
    'live.com',
    'msn.com',
    'aol.com',
  ],
  ...['gmx.de', 'gmx.net', 'gmx.com', 'gmx.at', 'gmx.ch', 'web.de', 't-online.de', 'freenet.de'],
  ...[
    'qq.com',
    '163.com',
    '126.com',
    'foxmail.com',
    'sina.com',
    'naver.com',
    'daum.net',
    'hanmail.net',
  ],
  ...['mail.ru', 'bk.ru', 'list.ru', 'inbox.ru', 'rambler.ru', 'yahoo.co.jp', 'docomo.ne.jp'],
  ...['orange.fr', 'free.fr', 'laposte.net', 'wanadoo.fr', 'libero.it', 'comcast.net', 'att.net'],
  ...['verizon.net', 'btinternet.com', 'sky.com', 'uol.com.br', 'bol.com.br', 'rediffmail.com'],
  ...['fastmail.com', 'hey.com', 'zoho.com', 'mail.com', 'seznam.cz', 'wp.pl', 'o2.pl', 'onet.pl'],
]);

/**
 * The mailbox that an address leads to, as far as its provider is known to read local parts: two
 * addresses of one mailbox are the same text. It is for counting, and for finding what was said of the
 * mailbox; mail goes to the address.
 * @param address as `parseAddress` returns it
 */
export function toCanonicalMailbox(address: string): string {
  const key = addressKey(address);
  const at = key.lastIndexOf('@');
  const [local, domain] = [key.slice(0, at), key.slice(at + 1)];
  const host = SUBDOMAIN_ADDRESSING.find((name) => domain.endsWith(`.${name}`));
  if (host) return `${domain.slice(0, -host.length - 1)}@${host}`;
  const provider = BY_DOMAIN.get(domain);
  const base = cutTag(local, provider?.tag);
  const plain = provider?.dots ? base.replaceAll('.', '') : base;
  return `${plain}@${provider?.domains[0] ?? domain}`;
}

/**
 * Whether an address names more than its mailbox, so that somebody can make up any number of such. Dots
 * and other domains of a provider are how people write their addresses.
 * @param address as `parseAddress` returns it
 */
export function hasTag(address: string): boolean {
  const key = addressKey(address);
  const at = key.lastIndexOf('@');
  const [local, domain] = [key.slice(0, at), key.slice(at + 1)];
  const isBelow = SUBDOMAIN_ADDRESSING.some((name) => domain.endsWith(`.${name}`));
  return isBelow || cutTag(local, BY_DOMAIN.get(domain)?.tag) !== local;
}

/** What begins with a tag has no name before it, so it is taken as it stands. */
function cutTag(local: string, other: string | undefined): string {
  const ends = ['+', other].map((mark) => (mark === undefined ? -1 : local.indexOf(mark, 1)));
  const cut = ends.filter((end) => end > 0);
  return cut.length === 0 ? local : local.slice(0, Math.min(...cut));
}

/**
 * The domain that a mailbox's mail is counted for: whoever owns a domain owns all names below it. Under
 * `co.uk` and the like it has three labels.
 */
export function toCountedDomain(mailbox: string): string {
  const domain = mailbox.slice(mailbox.lastIndexOf('@') + 1);
  if (BIG_DOMAINS.has(domain)) return domain;
  const labels = domain.split('.');
  const [second = '', top = ''] = labels.slice(-2);
  const isShared = top.length === 2 && second.length <= 3;
  return labels.slice(isShared ? -3 : -2).join('.');
}

export function isBigDomain(domain: string): boolean {
  return BIG_DOMAINS.has(domain);
}
