/** The database of a URL as people may see it: without its user and password. */
export function databaseName(url: string): string {
  const { hostname, port, pathname, searchParams } = new URL(url);
  const host = searchParams.get('host') ?? decodeURIComponent(hostname);
  return `${decodeURIComponent(pathname.slice(1))} at ${host}${port && `:${port}`}`;
}

/**
 * PostgreSQL keeps no NUL in a text and no half of a character, and refuses the whole statement. A
 * server's reply, for one, may have either.
 */
export function storable(value: unknown): unknown {
  return typeof value === 'string' ? value.replaceAll('\0', '\uFFFD').toWellFormed() : value;
}
