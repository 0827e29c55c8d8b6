import { toErrorCode, toErrorMessage } from '../../base/errors.js';
import { isOfTls, type OpeningFault, type OpeningStep, remedyFor } from './remedies.js';
import { formatReply } from './reply.js';

/** The relay that was tried, as Nodemailer's options have it. */
export interface Tried {
  host?: string | undefined;
  port?: number | string | undefined;
  secure?: boolean | undefined;
}

/** What Nodemailer's connection threw, read. */
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
 * What failed and what helps, to stand behind "SERVER can't be used: ", without a full stop.
 */
export function formatFault(fault: OpeningFault, error: unknown): string {
  const what = fault.reply ?? (fault.silent ? 'no answer in time' : toWords(error));
  const remedy = remedyFor(fault);
  return remedy === null ? what : `${what}; ${remedy}`;
}

/** Without OpenSSL's file names and numbers. */
function toWords(error: unknown): string {
  const { reason } = toFields(error);
  return reason ?? formatReply(toErrorMessage(error)).replace(/\.$/, '');
}

/** Codes that say where in Nodemailer it failed; what went wrong there is told otherwise. */
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
    /** OpenSSL's words. */
    reason: text('library') === undefined ? undefined : text('reason'),
    timeoutType: text('timeoutType'),
  };
}
