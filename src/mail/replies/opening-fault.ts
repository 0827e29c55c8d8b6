import { toErrorCode, toErrorMessage } from '../../base/errors.js';
import { isOfTls, type OpeningFault, type OpeningStep, remedyFor } from './remedies.js';
import { formatReply } from './reply.js';

/** The relay that was tried, in Nodemailer's options. */
export interface Tried {
  host?: string | undefined;
  port?: number | string | undefined;
  secure?: boolean | undefined;
}

/** Reads an error of Nodemailer's connection. */
export function toOpeningFault(error: unknown, tried: Tried, step?: OpeningStep): OpeningFault {
  const { response, originalCode, timeoutType } = toFields(error);
  const secure = tried.secure ?? false;
  const code = originalCode ?? toErrorCode(error) ?? null;
  return {
    step: step ?? toStep(error),
    host: tried.host ?? 'localhost',
    port: Number(tried.port) || (secure ? 465 : 587),
    secure,
    code: isNodemailers(code) ? null : code,
    silent: timeoutType !== undefined,
    reply: response === undefined ? null : formatReply(response),
  };
}

/**
 * What failed and what helps, to follow "SERVER can't be used: ". Without a full stop.
 */
export function formatFault(fault: OpeningFault, error: unknown): string {
  const what = fault.reply ?? (fault.silent ? 'no answer in time' : toWords(error));
  const remedy = remedyFor(fault);
  return remedy === null ? what : `${what}; ${remedy}`;
}

/** The error's message, without OpenSSL's file names and numbers. */
function toWords(error: unknown): string {
  const { reason } = toFields(error);
  return reason ?? formatReply(toErrorMessage(error)).replace(/\.$/, '');
}

/** Nodemailer's own codes say where it failed, not why. */
function isNodemailers(code: string | null): boolean {
  return code !== null && /^E(SOCKET|CONNECTION|PROTOCOL|TLS|AUTH|TIMEDOUT)$/.test(code);
}

function toStep(error: unknown): OpeningStep {
  const { command = '', response, timeoutType, originalCode } = toFields(error);
  if (command.startsWith('AUTH')) return 'login';
  const handshake =
    timeoutType === 'UPGRADE_TIMEOUT' || /before secure TLS/.test(toErrorMessage(error));
  if (command === 'STARTTLS' || toErrorCode(error) === 'ETLS' || handshake) return 'tls';
  if (originalCode !== undefined && isOfTls(originalCode)) return 'tls';
  if (command === 'EHLO' || command === 'HELO' || timeoutType === 'SOCKET_TIMEOUT') return 'ehlo';
  const greeted = response !== undefined || timeoutType === 'GREETING_TIMEOUT';
  return greeted || /closed unexpectedly/.test(toErrorMessage(error)) ? 'greeting' : 'connect';
}

function toFields(error: unknown) {
  const fields: Record<string, unknown> =
    typeof error === 'object' && error !== null ? { ...error } : {};
  const text = (name: string) => {
    const value = fields[name];
    return typeof value === 'string' ? value : undefined;
  };
  return {
    command: text('command'),
    response: text('response'),
    originalCode: text('originalCode'),
    /** OpenSSL's message. */
    reason: text('library') === undefined ? undefined : text('reason'),
    timeoutType: text('timeoutType'),
  };
}
