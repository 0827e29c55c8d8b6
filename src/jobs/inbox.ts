import { once } from 'node:events';
import type { IncomingMessage, RequestListener, Server, ServerResponse } from 'node:http';
import { createServer } from 'node:net';
import { PaperboyError, toErrorCode, toErrorMessage } from '../base/errors.js';
import type { Logger } from '../base/logger.js';
import { INBOX_SMTP } from '../delivery/routes.js';

/** Where the embedded inbox shows what it got. */
const INBOX_WEB = { host: '127.0.0.1', port: 1080 };
export const INBOX_URL = `http://localhost:${INBOX_WEB.port}`;

/** Mails it keeps; it is for looking, not for storing. */
const MAX_MAILS = 500;

export interface Inbox {
  close(): Promise<void>;
}

/**
 * Starts the embedded inbox: an SMTP server that delivers nowhere and shows what it got. It is
 * reachable from this machine only, since it shows everybody's mail to anybody.
 * @throws PaperboyError `inbox_failed`
 */
export async function startInbox(logger: Logger): Promise<Inbox> {
  const { MailDev } = await loadMailDev();
  // MailDev does not close what it had opened before it failed, so it may only start where it can.
  await expectFree(INBOX_SMTP);
  await expectFree(INBOX_WEB);
  const inbox = new MailDev({
    smtp: INBOX_SMTP.port,
    ip: INBOX_SMTP.host,
    web: INBOX_WEB.port,
    webIp: INBOX_WEB.host,
    maxEmails: MAX_MAILS,
    silent: true,
  });
  const { api } = await inbox.start();
  if (api) letLinksOpen(api.server);
  logger.info(
    { event: 'embedded_inbox', inbox: INBOX_URL },
    'no SMTP_URL is set: mail goes to the embedded inbox',
  );
  return { close: () => inbox.stop() };
}

async function expectFree({ host, port }: { host: string; port: number }): Promise<void> {
  const probe = createServer();
  try {
    probe.listen(port, host);
    await once(probe, 'listening');
  } catch (error) {
    const why = toErrorCode(error) === 'EADDRINUSE' ? 'is taken' : "can't be used";
    throw new PaperboyError(
      'inbox_failed',
      `The embedded inbox can't start: port ${port} ${why}. Free the port, or set SMTP_URL.`,
      { cause: error },
    );
  }
  probe.close();
  await once(probe, 'close');
}

/**
 * MailDev 3.0 shows a mail in a frame from which no link opens: the page would have to show itself
 * inside that frame, which ours refuse. Its script is served with a frame that opens tabs.
 */
function letLinksOpen(app: InboxServer): void {
  const listeners = app.server.listeners('request') as RequestListener[];
  app.server.removeAllListeners('request');
  app.server.on('request', (request: IncomingMessage, response: ServerResponse) => {
    if (!/^\/assets\/[\w-]+\.js$/.test(request.url ?? '')) {
      for (const listener of listeners) listener(request, response);
      return;
    }
    app
      .inject(request.url ?? '')
      .then(({ statusCode, payload }) => {
        response.writeHead(statusCode, { 'content-type': 'text/javascript; charset=utf-8' });
        response.end(withOpeningLinks(payload));
      })
      .catch((error: unknown) => {
        response.writeHead(502).end(toErrorMessage(error));
      });
  });
}

function withOpeningLinks(script: string): string {
  return script
    .replaceAll('sandbox:"allow-same-origin"', `sandbox:"allow-same-origin ${OPENS_TABS}"`)
    .replace(/srcDoc:(\w+)/g, `srcDoc:'<base target="_blank">'+$1`);
}

const OPENS_TABS = 'allow-popups allow-popups-to-escape-sandbox';

/** What is used of MailDev's web server. */
interface InboxServer {
  server: Server;
  inject(url: string): Promise<{ statusCode: number; payload: string }>;
}

/** It is no part of a production install, where SMTP_URL is required anyway. */
async function loadMailDev() {
  try {
    return await import('maildev');
  } catch (cause) {
    throw new PaperboyError(
      'inbox_failed',
      'The embedded inbox is not installed; set SMTP_URL to an SMTP server.',
      { cause },
    );
  }
}
