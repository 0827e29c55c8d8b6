import swagger from '@fastify/swagger';
import type { FastifyInstance } from 'fastify';
import { VERSION } from '../base/version.js';

/** Collects the schemas of all routes that are registered after it. */
export async function describeRoutes(
  app: FastifyInstance,
  { publicUrl }: { publicUrl: string },
): Promise<void> {
  await app.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: {
        title: 'Paperboy',
        version: VERSION,
        description: 'What programs can ask of this site, and what its forms send.',
      },
      servers: [{ url: publicUrl }],
      tags: [
        { name: 'feeds', description: 'Editions for feed readers.' },
        { name: 'subscribing', description: 'Subscribing, confirming, preferences, leaving.' },
        { name: 'suggesting', description: 'Papers that readers suggest.' },
        { name: 'status', description: 'How the program is.' },
      ],
    },
  });
}
