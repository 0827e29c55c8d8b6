/** Whether a host is this very machine (RFC 6761 §6.3). */
export function isLocal(host: string): boolean {
  return /^((.+\.)?localhost|127(\.\d+){1,3}|\[?::1\]?)$/.test(host);
}
