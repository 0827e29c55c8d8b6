import helmet from '@fastify/helmet';
import type { FastifyInstance } from 'fastify';
import type { WebContext } from './context.js';

/** Pages are HTML and one stylesheet: everything else is forbidden. */
export async function security(app: FastifyInstance, { publicUrl }: WebContext): Promise<void> {
  const https = publicUrl.startsWith('https:');
  await app.register(helmet, {
    contentSecurityPolicy: {
      useDefaults: false,
      directives: {
        'default-src': ["'none'"],
        'style-src': ["'self'"],
        'img-src': ["'self'"],
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
  });
}
