import { once } from 'node:events';
import { createServer, type IncomingMessage, request, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { guardInbox } from '../../src/jobs/inbox-front.js';

let server: Server;
let port: number;

beforeEach(async () => {
  server = createServer((_request, response) => response.end('all mails'));
  server.on('upgrade', (_request, socket) => socket.end('HTTP/1.1 101 Switching\r\n\r\n'));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  ({ port } = server.address() as AddressInfo);
  const page = '<html><head><title>Inbox</title></head></html>';
  const inject = async () => ({ statusCode: 200, payload: page });
  guardInbox({ server, inject });
});
afterEach(() => void server.close());

const own = () => ({ host: `localhost:${port}` });

async function ask(path: string, headers: Record<string, string>) {
  const asked = request({ port, host: '127.0.0.1', path, headers }).end();
  const [response] = (await once(asked, 'response')) as [IncomingMessage];
  const body = (await response.toArray()).join('');
  return { status: response.statusCode, body };
}

describe('the embedded inbox', () => {
  test('answers its own page', async () => {
    expect(await ask('/api/email', own())).toEqual({ status: 200, body: 'all mails' });
    const origin = `http://localhost:${port}`;
    expect(await ask('/api/email', { ...own(), origin })).toMatchObject({ status: 200 });
    // A tunnel leads here from another port.
    const tunnelled = { host: '127.0.0.1:8080', origin: 'http://127.0.0.1:8080' };
    expect(await ask('/api/email', tunnelled)).toMatchObject({ status: 200 });
  });

  test.each<[string, Record<string, string>]>([
    ['from a page of another origin', { origin: 'https://evil.example' }],
    ['from a page of another program here', { origin: 'http://localhost:3000' }],
    ['from a page in a sandbox', { origin: 'null' }],
    ['from a page whose name leads here', { host: 'evil.example:1080' }],
  ])('refuses what is asked %s', async (_what, headers) => {
    for (const path of ['/', '/api/email']) {
      expect(await ask(path, { ...own(), ...headers })).toEqual({
        status: 403,
        body: 'The inbox opens as localhost or 127.0.0.1 only, whatever the port.\n',
      });
    }
    const upgrade = { connection: 'Upgrade', upgrade: 'websocket' };
    await expect(ask('/socket.io/', { ...own(), ...headers, ...upgrade })).rejects.toThrow();
  });

  test('lets the links of its mails open', async () => {
    const { body } = await ask('/email/1', { ...own(), accept: 'text/html,*/*' });
    expect(body).toContain('<head><script>');
    expect(body).toContain('allow-popups');
  });
});
