import type { IncomingMessage, Server, ServerResponse } from 'node:http';

/** What is used of the inbox's web server. */
export interface InboxServer {
  server: Server;
  inject(request: InboxRequest): Promise<{ statusCode: number; payload: string }>;
}

interface InboxRequest {
  url: string;
  headers: { accept: string };
}

/**
 * Stands in front of the pages of the embedded inbox. MailDev answers pages of any origin, and shows
 * mails in a frame whose links would open inside it, which our pages refuse. Here only its own page
 * is answered, and that page lets links open tabs.
 */
export function guardInbox(app: InboxServer): void {
  const toInbox = app.server.listeners('request');
  app.server.removeAllListeners('request');
  app.server.on('request', (request: IncomingMessage, response: ServerResponse) => {
    if (!isOwn(request)) {
      response
        .writeHead(403, { 'content-type': 'text/plain' })
        .end('The inbox opens as localhost or 127.0.0.1 only, whatever the port.\n');
    } else if (isPage(request)) {
      void sendPage(app, request, response);
    } else {
      for (const listener of toInbox) listener.call(app.server, request, response);
    }
  });
  // It tells of new mails over a WebSocket.
  app.server.prependListener('upgrade', (request, socket) => {
    if (!isOwn(request)) socket.destroy();
  });
}

/** A page of another origin names itself; one whose name leads here names the wrong host. */
function isOwn({ headers: { host = '', origin } }: IncomingMessage): boolean {
  // Tunnels and forwarded ports lead here under another port.
  const isLocal = /^(?:localhost|127\.0\.0\.1|\[::1\])(?::\d+)?$/.test(host);
  return isLocal && (origin === undefined || origin === `http://${host}`);
}

/** The page has many paths; what it loads itself does not ask for HTML. */
function isPage({ url = '', method, headers: { accept = '' } }: IncomingMessage): boolean {
  return method === 'GET' && accept.includes('text/html') && !url.startsWith('/api/');
}

async function sendPage(
  app: InboxServer,
  { url = '/' }: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  try {
    const headers = { accept: 'text/html' };
    const { statusCode, payload } = await app.inject({ url, headers });
    response.writeHead(statusCode, { 'content-type': 'text/html; charset=utf-8' });
    response.end(payload.replace('<head>', `<head><script>${OPEN_TABS}</script>`));
  } catch {
    response.writeHead(502).end();
  }
}

/** Whatever frame the page makes for a mail opens its links in tabs. */
const OPEN_TABS = `
const set = Element.prototype.setAttribute;
Element.prototype.setAttribute = function (name, value) {
  if (this.tagName === 'IFRAME' && name.toLowerCase() === 'sandbox') {
    value += ' allow-popups allow-popups-to-escape-sandbox';
  }
  if (this.tagName === 'IFRAME' && name.toLowerCase() === 'srcdoc') {
    value = '<base target="_blank">' + value;
  }
  set.call(this, name, value);
};
`;
