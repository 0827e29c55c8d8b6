import { once } from 'node:events';
import { createServer } from 'node:net';
import { PaperboyError, toErrorCode } from '../base/errors.js';
import type { Logger } from '../base/logger.js';
import { INBOX_SMTP } from '../delivery/sending/routes.js';
import { makeInboxFolder } from './inbox-folder.js';
import { guardInbox } from './inbox-front.js';

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
  const folder = makeInboxFolder();
  const inbox = new MailDev({
    smtp: INBOX_SMTP.port,
    ip: INBOX_SMTP.host,
    web: INBOX_WEB.port,
    webIp: INBOX_WEB.host,
    maxEmails: MAX_MAILS,
    mailDirectory: folder.path,
    silent: true,
  });
  const { api } = await inbox.start();
  if (api) guardInbox(api.server);
  logger.info(
    { event: 'embedded_inbox', inbox: INBOX_URL },
    'no SMTP_URL is set: mail goes to the embedded inbox',
  );
  return {
    close: async () => {
      await inbox.stop();
      folder.remove();
    },
  };
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
