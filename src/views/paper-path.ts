/**
 * Where the page of a paper is. Old ids of arXiv and DOIs have slashes, which stay: proxies handle
 * encoded ones as they please. Only where a slash would be read as another path is it encoded.
 */
export function paperPath(id: string): string {
  const parts = id.toWellFormed().split('/');
  const isPlain = parts.every((part) => part !== '' && part !== '.' && part !== '..');
  return `/paper/${parts.map(encodePart).join(isPlain ? '/' : '%2F')}`;
}

/** Colons stay readable (RFC 3986 §3.3). */
function encodePart(part: string): string {
  return encodeURIComponent(part).replaceAll('%3A', ':');
}
