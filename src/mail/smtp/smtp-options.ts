import type { SMTPConnectionAuth, SMTPConnectionOptions } from 'nodemailer/lib/smtp-connection';

/** The options of Nodemailer's connection, and the login. */
export type SmtpOptions = SMTPConnectionOptions & { auth?: SMTPConnectionAuth };

/** Host and port, for logs and messages. Never the login. */
export function serverName({ host, port, secure }: SmtpOptions): string {
  return `${host ?? 'localhost'}:${port ?? (secure ? 465 : 587)}`;
}
