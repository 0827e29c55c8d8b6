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

/**
 * Secrets between commas, newest first. Before there were lists, a comma was part of a key, so the
 * whole of it counts as the oldest one: its links go on working.
 */
export function parseSecrets(text: string): readonly string[] {
  const secrets = toParts(text);
  if (secrets.length === 0) throw new InvalidValue(`one or more keys, like ${WANTED}`);
  secrets.forEach(parseSecret);
  return secrets.length === 1 ? secrets : [...secrets, text];
}

function toParts(text: string): string[] {
  return text
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '');
}

/** A short key can be found from a single link, and what stands in examples is known. */
export function checkLongSecrets(secrets: readonly string[] | null): null {
  for (const secret of secrets ?? []) {
    if ([...secret].length < SHORTEST_IN_PRODUCTION) {
      const each = (secrets ?? []).length > 1 ? ', each of those between commas' : '';
      throw new InvalidValue(
        `at least ${SHORTEST_IN_PRODUCTION} characters in production${each}, like ${WANTED}`,
      );
    }
    if (EXAMPLES.test(secret)) throw new InvalidValue('a value of your own');
  }
  return null;
}

const EXAMPLES =
  /change.?(?:me|this|it)|openssl rand|your.?(?:own.?)?secret|replace.?(?:me|this|with)/i;
