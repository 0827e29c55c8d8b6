import type { SMTPConnectionAuth, SMTPConnectionOptions } from 'nodemailer/lib/smtp-connection';

/** What Nodemailer's connection takes, and the login. */
export type SmtpOptions = SMTPConnectionOptions & { auth?: SMTPConnectionAuth };

/** For people: host and port, never the login. */
export function serverName({ host, port, secure }: SmtpOptions): string {
  return `${host ?? 'localhost'}:${port ?? (secure ? 465 : 587)}`;
}
