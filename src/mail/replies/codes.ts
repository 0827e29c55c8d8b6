import type { Reading } from './phrases.js';
import { type Meaning, reader, server, throttling, us } from './verdicts.js';

/** Gmail's rule for 4.7.28: nothing for ten minutes, then one connection. */
const TEN_MINUTES = 600_000;

/**
 * Basic codes that mean one thing whatever the words: RFC 4954 §6, they answer a login. Others, 550
 * and 552 among them, say too little. Words and enhanced codes decide, and at last the stage.
 */
const LOGIN_CODES: readonly number[] = [534, 535, 538];

export function readBasicCode({ code }: Reading): Meaning | undefined {
  return LOGIN_CODES.includes(code) ? us('login') : undefined;
}

/**
 * Enhanced codes that mean one thing whatever the words. RFC 3463 §3; later ones are from RFC 4954,
 * 5248, 7372, 7504, 7505 and 8514; from 5.1.90 on they are Microsoft's own
 * (learn.microsoft.com/exchange/mail-flow-best-practices/non-delivery-reports-in-exchange-online).
 */
const CLEAR: ReadonlyMap<string, Meaning> = new Map(
  groups([
    [reader('gone'), '5.1.1 5.1.2 5.1.3 5.1.6 5.1.10'],
    [us('sender'), '5.1.7 5.1.8 5.2.252 5.7.60 5.7.750'],
    [us('size'), '5.2.3 5.3.4'],
    [us('quota'), '5.4.5 5.1.90 5.7.705'],
    [us('login'), '5.7.8 5.7.57 4.7.12'],
    [us('tls'), '5.7.10 5.7.11 5.7.29 4.7.29'],
    // Yahoo says 5.7.9 for mail that fails DMARC. In RFC 4954 it is a login that is too weak.
    [us('authentication'), '5.7.9 5.7.20 5.7.21 5.7.22 5.7.23 5.7.24 5.7.25 5.7.26 5.7.27'],
    [us('authentication'), '4.7.23 4.7.24 4.7.25 4.7.26 4.7.27 4.7.30 4.7.32'],
    [us('authentication'), '5.7.30 5.7.32 5.7.509 5.7.515'],
    [us('helo'), '5.7.506'],
    [us('relaying'), '5.7.54 5.7.64'],
    [us('reputation'), '5.7.28 5.7.501 5.7.502 5.7.503 5.7.511 5.7.708'],
    // A list of one organisation, or a group that takes no mail from outside.
    [reader('refused'), '5.7.2 5.7.124 5.7.133 5.7.134 5.7.135 5.7.136 5.7.507 5.7.513'],
    [server('session'), '4.5.3'],
    [throttling(TEN_MINUTES, 1), '4.7.28'],
  ]),
);

/** Enhanced codes that count only if no words say more. RFC 3463 §3. */
const HINTS: ReadonlyMap<string, Meaning> = new Map(
  groups([
    [reader('disabled'), '5.2.1'],
    [reader('full'), '5.2.2'],
    [server('session'), '4.4.2 4.4.5'],
    [server('busy'), '4.3.0 4.3.1 4.3.2 4.3.5'],
    [reader('later'), '4.2.1 4.2.2'],
  ]),
);

function groups(rows: readonly [Meaning, string][]): [string, Meaning][] {
  return rows.flatMap(([meaning, codes]) =>
    codes.split(' ').map((code): [string, Meaning] => [code, meaning]),
  );
}

export function readClearCode({ code, enhanced }: Reading): Meaning | undefined {
  if (enhanced === null) return undefined;
  const [, subject, detail] = enhanced.split('.').map(Number);
  if (subject === 7 && detail !== undefined) {
    // Microsoft: an address that is banned, or suspected for some time.
    if (enhanced.startsWith('5') && detail >= 606 && detail <= 649) return us('reputation');
    if (enhanced.startsWith('4') && detail >= 500 && detail <= 899) return throttling();
  }
  // Microsoft: too many connections of one sender. In RFC 4954 §4.7, 432 means something else.
  if (code === 432 && enhanced === '4.3.2') return server('connections');
  return CLEAR.get(enhanced);
}

export function readHint({ enhanced }: Reading): Meaning | undefined {
  return enhanced === null ? undefined : HINTS.get(enhanced);
}
