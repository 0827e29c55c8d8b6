import { readdirSync, readFileSync } from 'node:fs';
import type { ReportKind } from '../../../src/mail/reports/report.js';

/** A mail and what it says of its first recipient. */
export interface MailSample {
  file: string;
  name: string;
  kind: ReportKind;
  recipient: string | null;
  status: string | null;
  mail: Buffer;
}

const FOLDER = new URL('mails/', import.meta.url);
const HEADING = /^== (\S+) (\S+) (\S+) (.+)$/m;

/** The mails of `mails/`, each under a heading that says how it is to be read. */
export function loadMails(): MailSample[] {
  return readdirSync(FOLDER).flatMap((file) => {
    const text = readFileSync(new URL(file, FOLDER), 'utf8');
    return text
      .split(/^(?=== )/m)
      .slice(1)
      .map((piece) => toSample(file, piece));
  });
}

function toSample(file: string, piece: string): MailSample {
  const [heading = '', kind = '', recipient = '', status = '', name = ''] =
    HEADING.exec(piece) ?? [];
  const mail = Buffer.from(piece.slice(heading.length + 1));
  const orNull = (value: string) => (value === '-' ? null : value);
  return {
    ...{ file, name, mail, kind: kind as ReportKind },
    ...{ recipient: orNull(recipient), status: orNull(status) },
  };
}
