import { readFileSync } from 'node:fs';
import { createSecureContext } from 'node:tls';

/** A certificate with its chain and its private key, both PEM. */
export interface TlsPair {
  cert: string;
  key: string;
}

/** Where they are. */
export interface TlsFiles {
  certFile: string;
  keyFile: string;
}

/** @throws what is wrong with a file, or that the key is another certificate's */
export function loadTls({ certFile, keyFile }: TlsFiles): TlsPair {
  const pair = { cert: readFileSync(certFile, 'utf8'), key: readFileSync(keyFile, 'utf8') };
  createSecureContext(pair);
  return pair;
}
