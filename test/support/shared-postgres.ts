import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { inject } from 'vitest';
import { answerOf } from './postgres.js';

let asked: Promise<ReturnType<typeof answerOf>> | undefined;

/**
 * The PostgreSQL that this run of tests shares, started now if nobody asked for it before; `null`,
 * with a word about it, where it can't start.
 */
export async function sharedPostgres(): Promise<string | null> {
  asked ??= text(connect(inject('postgresPort'), '127.0.0.1')).then(answerOf);
  const { url, reason } = await asked;
  if (url !== undefined) return url;
  const what = `PostgreSQL: it can not be started here (${reason ?? 'unknown reason'})`;
  if (process.env['REQUIRE_TIERS'] === '1') throw new Error(what);
  console.warn(`SKIPPED ${what}`);
  return null;
}
