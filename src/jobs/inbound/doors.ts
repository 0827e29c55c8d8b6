import type { Door } from './door-keeper.js';
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
  /** The name of this machine among those that use the store. */
  machine: string;
  /** Networks of mail servers and proxies of ours that pass on what others send. */
  fronts: readonly string[];
  /** Whether mails are handed to `paperboy bounce`, or to a process with other settings. */
  isPiped: boolean;
  tls: TlsFiles | null;
  mailbox: MailboxOptions | null;
}

/** Those that the settings say. */
export type DoorSettings = Omit<InboundDoors, 'name' | 'machine'>;

type Ways = Pick<InboundDoors, 'smtpPort' | 'lmtpPort' | 'mailbox'>;

/** Whether a thread of ours has any of them to see to. */
export function hasDoors({ smtpPort, lmtpPort, mailbox }: Ways): boolean {
  return smtpPort !== null || lmtpPort !== null || mailbox !== null;
}

/** Whether mails to `BOUNCE_ADDRESS` are read at all. */
export function hasWayIn(doors: Ways & Pick<InboundDoors, 'isPiped'>): boolean {
  return hasDoors(doors) || doors.isPiped;
}

const THIS_MACHINE = ['127.0.0.0/8', '::1'];

/** Where something is to listen. */
export function listDoors(doors: InboundDoors): Door[] {
  const { smtpPort, lmtpPort, host, name, machine, tls, fronts: named } = doors;
  const place = { host, name, machine, tls, fronts: [...THIS_MACHINE, ...named] };
  return [
    ...(smtpPort === null ? [] : [{ ...place, protocol: 'smtp' as const, port: smtpPort }]),
    ...(lmtpPort === null ? [] : [{ ...place, protocol: 'lmtp' as const, port: lmtpPort }]),
  ];
}
