import type { MailboxOptions } from './mailbox-session.js';
import type { TlsFiles } from './tls-files.js';

/** The ways by which mails come back that are set up. */
export interface InboundDoors {
  /** Where it listens. */
  host: string;
  smtpPort: number | null;
  lmtpPort: number | null;
  /** The name that it greets with. */
  name: string;
  tls: TlsFiles | null;
  mailbox: MailboxOptions | null;
}

/** Whether any of them is. */
export function hasDoors({ smtpPort, lmtpPort, mailbox }: Omit<InboundDoors, 'name'>): boolean {
  return smtpPort !== null || lmtpPort !== null || mailbox !== null;
}
