import { isLocalHost } from '../mail/host-names.js';
import type { Route } from '../delivery/sending/routes.js';

interface Warned {
  readonly production: boolean;
  readonly publicUrl: string;
  readonly secretKey: string | null;
  readonly routes: readonly Route[];
}

/** What works but should be changed. */
export function findWarnings({ production, publicUrl, secretKey, routes }: Warned): string[] {
  const warnings: string[] = [];
  const { protocol, hostname } = new URL(publicUrl);
  if (protocol === 'http:' && (production || !isLocalHost(hostname))) {
    warnings.push(
      'PUBLIC_URL is http: links are not private, and one-click unsubscribing (RFC 8058) wants https.',
    );
  }
  if (!production) return warnings;
  for (const { name, smtp } of routes) {
    if (smtp.secure || smtp.requireTLS || isLocalHost(smtp.host ?? '')) continue;
    const which = routes.length > 1 ? ` for ${name}` : '';
    warnings.push(`SMTP_URL does not demand TLS${which}; use smtps:// or add ?requireTLS=true.`);
  }
  if (secretKey !== null && secretKey.length < 32) {
    warnings.push('SECRET_KEY is short; use 32 random characters or more.');
  }
  return warnings;
}
