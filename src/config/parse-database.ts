import { parseUrl } from '../base/url.js';
import type { StoreLocation } from '../store/open.js';
import { InvalidValue } from './setting.js';

/** What may stand behind the question mark: where the server is and how it proves that. */
const DATABASE_OPTIONS = new Set([
  'host',
  'sslmode',
  'sslrootcert',
  'sslcert',
  'sslkey',
  'uselibpqcompat',
]);

export function parseDatabase(text: string): StoreLocation {
  const [, file] = /^sqlite:(?:\/\/)?(.+)$/.exec(text) ?? [];
  if (file !== undefined) return { kind: 'sqlite', file };
  if (!/^postgres(ql)?:/i.test(text)) {
    throw new InvalidValue('sqlite:PATH or postgres://USER:PASSWORD@HOST[:PORT]/DATABASE');
  }
  return { kind: 'postgres', url: parsePostgresUrl(text) };
}

function parsePostgresUrl(text: string): string {
  const wanted = 'postgres://USER:PASSWORD@HOST[:PORT]/DATABASE, special letters %-encoded';
  const url = /^\w+:\/\//.test(text) ? parseUrl(text) : null;
  if (!url) throw new InvalidValue(wanted);
  // An @ there was meant for the login: the password has one of /?#, so none of it may be shown.
  if (
    !/^\/[^/@]+$/.test(url.pathname) ||
    url.hash ||
    url.search.includes('@') ||
    isMalformed(url)
  ) {
    throw new InvalidValue(wanted);
  }
  if (!url.hostname && !url.searchParams.has('host')) throw new InvalidValue(wanted);
  const unknown = [...url.searchParams.keys()].find((key) => !DATABASE_OPTIONS.has(key));
  if (unknown)
    throw new InvalidValue(
      `a URL without ${/^[a-z_]{1,30}$/i.test(unknown) ? `the option ${unknown}` : 'unknown options'}; its options are ${[...DATABASE_OPTIONS].join(', ')}`,
    );
  // What `pg` 8 makes of it anyway, only that it would warn at every start.
  const mode = url.searchParams.get('sslmode');
  if (mode === 'require' && !url.searchParams.has('uselibpqcompat')) {
    url.searchParams.set('sslmode', 'verify-full');
  }
  return url.href;
}

/** Whether a `%` in it stands for nothing. */
function isMalformed({ username, password, hostname, pathname }: URL): boolean {
  try {
    [username, password, hostname, pathname].map(decodeURIComponent);
    return false;
  } catch {
    return true;
  }
}
