import { IncomingMessage, ServerResponse } from 'node:http';
import { Socket } from 'node:net';
import helmet from 'helmet';

/** The headers that each answer carries, by their names in small letters. */
export type SecurityHeaders = Readonly<Record<string, string>>;

/**
 * Pages are HTML, pictures, fonts, one stylesheet and one script of our own: all else is forbidden. The headers are the
 * same for every answer, so helmet works them out once: per request it takes as long as all the rest
 * of a page that is served from memory.
 */
export function securityHeaders(publicUrl: string): SecurityHeaders {
  const https = publicUrl.startsWith('https:');
  const protect = helmet({
    contentSecurityPolicy: {
      useDefaults: false,
      directives: {
        'default-src': ["'none'"],
        'script-src': ["'self'"],
        'connect-src': ["'self'"],
        'style-src': ["'self'"],
        'img-src': ["'self'"],
        'font-src': ["'self'"],
        'manifest-src': ["'self'"],
        'form-action': ["'self'"],
        'base-uri': ["'none'"],
        'frame-ancestors': ["'none'"],
        ...(https && { 'upgrade-insecure-requests': [] }),
      },
    },
    // Subdomains are other people's services.
    strictTransportSecurity: https && { maxAge: 365 * 24 * 3600, includeSubDomains: false },
    // The token in a reader's URL must not travel to the papers they follow from there.
    referrerPolicy: { policy: 'no-referrer' },
    xFrameOptions: { action: 'deny' },
    // These speak to programs that are gone: Internet Explorer, Flash, a filter of old browsers.
    ...{ xDownloadOptions: false, xPermittedCrossDomainPolicies: false, xXssProtection: false },
  });
  const request = new IncomingMessage(new Socket());
  const response = new ServerResponse(request);
  protect(request, response, () => undefined);
  return Object.fromEntries(
    Object.entries(response.getHeaders()).map(([name, value]) => [name, String(value)]),
  );
}
