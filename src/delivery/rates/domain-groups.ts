/** Domains whose mailboxes one provider runs: it judges mail to all of them together. */
export interface DomainGroup {
  name: string;
  /** Domains, where `_` is any one letter, as in SQL's LIKE. */
  patterns: readonly string[];
}

/** A name with the top-level domains of countries: `yahoo.de`, `yahoo.co.uk`, `yahoo.com.br`. */
const everywhere = (name: string) =>
  ['com', '__', 'co.__', 'com.__'].map((end) => `${name}.${end}`);

/**
 * The first that matches counts. Domains that companies have with Google or Microsoft are not known
 * without DNS, and each is a group of its own.
 */
export const DOMAIN_GROUPS: readonly DomainGroup[] = [
  { name: 'gmail', patterns: ['gmail.com', 'googlemail.com'] },
  {
    name: 'microsoft',
    patterns: [
      ...['outlook', 'hotmail', 'live'].flatMap(everywhere),
      ...['msn.com', 'windowslive.com', 'passport.com', 'livemail.tw'],
    ],
  },
  // A company of its own, which has nothing but the name from the other.
  { name: 'yahoo-japan', patterns: ['yahoo.co.jp', 'yahoo.ne.jp', 'ymail.ne.jp'] },
  {
    // Yahoo runs the mailboxes of AOL and of several American providers of access.
    name: 'yahoo',
    patterns: [
      ...['yahoo', 'ymail', 'aol'].flatMap(everywhere),
      ...['rocketmail.com', 'myyahoo.com', 'aim.com', 'netscape.net', 'verizon.net'],
      ...['att.net', 'sbcglobal.net', 'bellsouth.net', 'pacbell.net', 'ameritech.net'],
      ...['swbell.net', 'prodigy.net', 'flash.net', 'snet.net', 'nvbell.net', 'wans.net'],
      ...['currently.com', 'frontier.com', 'frontiernet.net', 'cox.net', 'rogers.com', 'sky.com'],
    ],
  },
  { name: 'apple', patterns: ['icloud.com', 'me.com', 'mac.com'] },
  {
    name: 'mail.ru',
    patterns: ['mail.ru', 'inbox.ru', 'list.ru', 'bk.ru', 'internet.ru', 'xmail.ru', 'vk.com'],
  },
  { name: 'yandex', patterns: [...everywhere('yandex'), 'ya.ru', 'narod.ru'] },
  {
    // 1&1 and its brands: one mail system.
    name: 'gmx',
    patterns: [
      ...everywhere('gmx'),
      ...['gmx.net', 'gmx.info', 'gmx.biz', 'gmx.org', 'web.de', 'email.de', 'mail.com'],
      ...['1und1.de', 'online.de', 'onlinehome.de', 'email.com', 'caramail.com', 'caramail.fr'],
    ],
  },
  { name: 'qq', patterns: ['qq.com', 'vip.qq.com', 'foxmail.com'] },
  {
    name: 'netease',
    patterns: ['163.com', '126.com', '188.com', 'yeah.net', 'vip.163.com', 'vip.126.com'],
  },
  { name: 'sina', patterns: ['sina.com', 'sina.cn', 'vip.sina.com', 'sina.com.cn'] },
  { name: 'proton', patterns: ['proton.me', 'protonmail.com', 'protonmail.ch', 'pm.me'] },
  { name: 'orange', patterns: ['orange.fr', 'wanadoo.fr'] },
  { name: 'libero', patterns: ['libero.it', 'inwind.it', 'iol.it', 'blu.it', 'giallo.it'] },
  { name: 'seznam', patterns: ['seznam.cz', 'email.cz', 'post.cz', 'spoluzaci.cz'] },
  { name: 'wp', patterns: ['wp.pl', 'o2.pl', 'tlen.pl', 'go2.pl'] },
];

const MATCHERS = DOMAIN_GROUPS.map(({ name, patterns }) => ({
  name,
  matches: new RegExp(
    `^(?:${patterns.map((one) => one.replaceAll('.', '\\.').replaceAll('_', '[a-z]')).join('|')})$`,
  ),
}));

/** Domains whose groups were looked up: the same ones come again and again. */
const known = new Map<string, string>();
const MOST_KNOWN = 10_000;

/** The group of a domain as `toMailDomain` gives it. A domain of no group is one by itself. */
export function toDomainGroup(domain: string): string {
  const found = known.get(domain);
  if (found !== undefined) return found;
  if (known.size >= MOST_KNOWN) known.clear();
  const group = MATCHERS.find(({ matches }) => matches.test(domain))?.name ?? domain;
  known.set(domain, group);
  return group;
}

/** The names of the groups of several domains. */
export const NAMED_GROUPS: readonly string[] = DOMAIN_GROUPS.map(({ name }) => name);
