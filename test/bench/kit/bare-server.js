// @ts-check
/**
 * What Fastify can do at best: one route that sends the same bytes, and one that says that they are
 * still the same. Arguments: a file with the body, its entity tag. It prints its port.
 */
import { readFileSync } from 'node:fs';
import Fastify from 'fastify';

const [file = '', etag = ''] = process.argv.slice(2);
const body = readFileSync(file);
const app = Fastify();
app.get('/', (_request, reply) =>
  reply
    .header('content-type', 'text/html; charset=utf-8')
    .header('content-encoding', 'gzip')
    .header('etag', etag)
    .send(body),
);
app.get('/unchanged', (request, reply) =>
  reply
    .code(request.headers['if-none-match'] === etag ? 304 : 500)
    .header('etag', etag)
    .send(),
);
await app.listen({ host: '127.0.0.1', port: 0 });
const address = app.server.address();
if (address && typeof address === 'object') process.stdout.write(`${address.port}\n`);
