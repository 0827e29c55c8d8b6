import { destination, type LoggerOptions, pino } from 'pino';
import { printable, printableAll } from './printable.js';

export type LogLevel = 'fatal' | 'error' | 'warn' | 'info' | 'debug' | 'trace' | 'silent';

/** A stable event name to search and count by, and facts. Never an address or a token. */
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

/** Loaded for a terminal only: it slows down the start. */
const pretty = process.stderr.isTTY ? (await import('pino-pretty')).default : null;

/** Servers and feeds are quoted: what they say must not command the terminal that shows the log. */
const HOOKS: NonNullable<LoggerOptions['hooks']> = {
  logMethod([fields, message = ''], method) {
    method.call(this, printableAll(fields), printable(message));
  },
};
/** Errors are facts already; pino would name each of them `Object`. */
const SERIALIZERS = { err: (facts: unknown) => facts };

/**
 * Logs to standard error, as JSON lines or, on a terminal, as readable text. Standard output is for
 * the results of commands. Writes are synchronous, so the last line before an exit is not lost.
 */
export function createLogger(level: LogLevel): Logger {
  if (pretty) {
    const readable = { destination: 2, sync: true, ignore: 'time', colorize: true };
    return pino({ level, base: null, hooks: HOOKS, serializers: SERIALIZERS }, pretty(readable));
  }
  return pino(
    {
      level,
      base: null,
      hooks: HOOKS,
      serializers: SERIALIZERS,
      timestamp: () => `,"time":"${new Date().toISOString()}"`,
      formatters: { level: (label) => ({ level: label }) },
    },
    destination({ fd: 2, sync: true }),
  );
}
