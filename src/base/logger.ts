import { destination, pino } from 'pino';

export type LogLevel = 'fatal' | 'error' | 'warn' | 'info' | 'debug' | 'trace' | 'silent';

/** What is logged: a stable name to search and count by, and facts; never an address or a token. */
export interface LogFields {
  readonly event: string;
  readonly [fact: string]: unknown;
}

type Log = (fields: LogFields, message: string) => void;

export interface Logger {
  fatal: Log;
  error: Log;
  warn: Log;
  info: Log;
  debug: Log;
  trace: Log;
  readonly level: string;
}

/** Only a terminal needs it, and a program that a machine runs should not wait for it. */
const pretty = process.stderr.isTTY ? (await import('pino-pretty')).default : null;

/**
 * JSON lines on standard error, or readable ones where a terminal watches: standard output belongs
 * to the answers of commands. Written synchronously, so that the last line before an exit is not
 * lost.
 */
export function createLogger(level: LogLevel): Logger {
  if (pretty) {
    const readable = { destination: 2, sync: true, ignore: 'time', colorize: true };
    return pino({ level, base: null }, pretty(readable));
  }
  return pino(
    {
      level,
      base: null,
      timestamp: () => `,"time":"${new Date().toISOString()}"`,
      formatters: { level: (label) => ({ level: label }) },
    },
    destination({ fd: 2, sync: true }),
  );
}
