import type { Act, Behaviour, Visitor } from './behaviour.js';
import type { Oddity } from './oddity.js';

const TOO_MANY_CONNECTIONS = '421 4.7.0 Too many concurrent connections';
const LIMIT_AT_THE_DOT = '432 4.3.2 STOREDRV; concurrent connections limit exceeded';
const TOO_MANY_MAILS = '421 4.7.0 Too many messages in this session';
const TOO_MANY_RECIPIENTS = '452 4.5.3 Too many recipients this session';
const CLOSING = '421 4.4.2 Closing transmission channel';
const BUSY = '451 4.4.5 Server busy, closing';
const TIMED_OUT = '421 4.4.2 Session time limit exceeded';

/** Oddities that speak of the connection: of no mail and of no reader. */
export function endings(oddity: Oddity, random: () => number): Behaviour | undefined {
  switch (oddity.kind) {
    case 'close':
      return closing(oddity.every, oddity.how, random);
    case 'connections':
      return fewConnections(oddity.allowed, oddity.how);
    case 'session':
      return shortSessions(oddity.mails, oddity.how, random);
    case 'lifetime':
      return {
        greeting: (visitor) => {
          const act: Act =
            oddity.how === 'fin' ? { close: 'fin' } : { say: TIMED_OUT, close: 'gently' };
          setTimeout(() => visitor.interrupt(act), oddity.ms);
          return undefined;
        },
      };
    default:
      return undefined;
  }
}

/** Counts over all connections, from a number of its own on, so that no two seeds meet the same mails. */
function closing(every: number, how: 'fin' | 'rst', random: () => number): Behaviour {
  let accepted = Math.floor(random() * every);
  return {
    behind: () => {
      accepted += 1;
      return accepted % every === 0 ? { close: how } : undefined;
    },
  };
}

function fewConnections(allowed: number, how: 'greeting' | 'close' | 'dot'): Behaviour {
  const oneTooMany = (visitor: Visitor) => visitor.rank >= allowed;
  if (how === 'dot') {
    return { dot: (visitor) => (oneTooMany(visitor) ? { say: LIMIT_AT_THE_DOT } : undefined) };
  }
  const act: Act =
    how === 'close' ? { close: 'fin' } : { say: TOO_MANY_CONNECTIONS, close: 'gently' };
  return { greeting: (visitor) => (oneTooMany(visitor) ? act : undefined) };
}

function shortSessions(
  mails: number,
  how: Extract<Oddity, { kind: 'session' }>['how'],
  random: () => number,
): Behaviour {
  const over = (visitor: Visitor, act: Act) => (visitor.mails >= mails ? act : undefined);
  switch (how) {
    case 'mail':
      return { mail: (visitor) => over(visitor, { say: TOO_MANY_MAILS, close: 'gently' }) };
    case 'rcpt':
      return { rcpt: (visitor) => over(visitor, { say: TOO_MANY_MAILS, close: 'gently' }) };
    case 'recipients':
      return { rcpt: (visitor) => over(visitor, { say: TOO_MANY_RECIPIENTS }) };
    case 'unasked':
      return { behind: (visitor) => over(visitor, { say: CLOSING, close: 'gently' }) };
    case 'busy':
      // Some servers say a last word that answers nothing, some do not.
      return {
        behind: (visitor) =>
          over(visitor, random() < 0.5 ? { say: BUSY, close: 'fin' } : { close: 'fin' }),
      };
  }
}
