import { InvalidValue } from './setting.js';

/** For a laptop. */
const SHORTEST = 8;
/** What `openssl rand -hex 16` prints; with less, links could be tried out without asking us. */
const SHORTEST_IN_PRODUCTION = 32;
const WANTED = 'what "openssl rand -base64 32" prints';

/** With a guessed key anybody can unsubscribe anybody. */
export function parseSecret(text: string): string {
  if (text.length >= SHORTEST) return text;
  throw new InvalidValue(`at least ${SHORTEST} characters, better ${WANTED}`);
}

/** A short key can be found from a single link, and what stands in examples is known. */
export function checkLongSecret(text: string | null): null {
  if (text === null) return null;
  if ([...text].length < SHORTEST_IN_PRODUCTION) {
    throw new InvalidValue(
      `at least ${SHORTEST_IN_PRODUCTION} characters in production, like ${WANTED}`,
    );
  }
  if (EXAMPLES.test(text)) throw new InvalidValue('a value of your own');
  return null;
}

const EXAMPLES =
  /change.?(?:me|this|it)|openssl rand|your.?(?:own.?)?secret|replace.?(?:me|this|with)/i;
