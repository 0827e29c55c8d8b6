/** A small random source that repeats itself for a seed (mulberry32). */
export function createRandom(seed: number): (below: number) => number {
  let state = seed >>> 0;
  return (below) => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296) * below);
  };
}

/** What is written into mails: what their readers look for, and what might confuse them. */
const PIECES = [
  ...[
    '\n',
    '\r',
    '\r\n\r\n',
    '\n\n',
    '\0',
    ' ',
    '\t',
    ':',
    ';',
    '<',
    '>',
    '@',
    '=',
    '--',
    '"',
    '(',
    '\\',
  ],
  ...[
    '--b1',
    '--b1--',
    '--b0',
    'Content-Type: message/rfc822\n\n',
    'Content-Type: multipart/report\n\n',
  ],
  ...['Content-Type: multipart/mixed; boundary=b1\n\n', 'Content-Transfer-Encoding: base64\n\n'],
  ...[
    'Final-Recipient: rfc822; a@b.example\n',
    'Action: failed\n',
    'Status: 5.1.1\n',
    'Status: 9.9.9\n',
  ],
  ...[
    'Message-ID: <',
    'Received: from ',
    'From: ',
    'To: ',
    'Subject: =?utf-8?B?',
    'Return-Path: <>\n',
  ],
  ...[
    '550 5.1.1 ',
    '450 ',
    '552-',
    '#5.2.2',
    'User unknown',
    'mailbox full',
    'unsubscribe',
    'a@b.example',
  ],
  ...[
    'charset=iso-2022-jp',
    'charset=x-none',
    '\x1b$B',
    '\x1b(B',
    '\xff\xfe',
    '\xe3\x81',
    '=?x?q?',
    '=C3=28',
  ],
].map((piece) => Buffer.from(piece, 'latin1'));

const MOST_OCTETS = 20_000;

/** Changes a mail at one to eight places. */
export function mutate(corpus: readonly Buffer[], random: (below: number) => number): Buffer {
  const pick = <T>(from: readonly T[]): T => from[random(from.length)] as T;
  let mail = Buffer.from(pick(corpus));
  for (let times = 1 + random(8); times > 0; times--) {
    const at = random(mail.length + 1);
    const end = Math.min(mail.length, at + random(200));
    mail = Buffer.concat(change(mail, [at, end], { random, pick, corpus }));
  }
  return mail.subarray(0, MOST_OCTETS);
}

interface Means {
  random: (below: number) => number;
  pick: <T>(from: readonly T[]) => T;
  corpus: readonly Buffer[];
}

function change(
  mail: Buffer,
  [at, end]: [number, number],
  { random, pick, corpus }: Means,
): Buffer[] {
  const [before, middle, after] = [
    mail.subarray(0, at),
    mail.subarray(at, end),
    mail.subarray(end),
  ];
  switch (random(7)) {
    case 0:
      return [before, after];
    case 1:
      return [before, ...Array.from({ length: 1 + random(30) }, () => middle), after];
    case 2:
      return [before, pick(PIECES), middle, after];
    case 3:
      return [before, ...Array.from({ length: 1 + random(60) }, () => pick(PIECES)), after];
    case 4:
      return [before, middle.map((octet) => octet ^ (1 << random(8))), after].map((part) =>
        Buffer.from(part),
      );
    case 5: {
      const other = pick(corpus);
      return [before, other.subarray(random(other.length))];
    }
    default:
      return [before];
  }
}
