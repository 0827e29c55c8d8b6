import type { FastifyRequest } from 'fastify';
import { timezones } from '../base/day.js';
import { PaperboyError } from '../base/errors.js';
import type { RawPreferences } from '../subscribers/preferences.js';
import { WORDING } from '../subscribers/subscribe.js';
import type { Origin } from '../subscribers/subscriber.js';
import type { WebContext } from './context.js';

/** What the subscribe form needs wherever it stands. */
export function subscribeForm({ defaultTimezone }: Pick<WebContext, 'defaultTimezone'>) {
  return { timezones: timezones(), defaultTimezone, wording: WORDING, values: {}, error: null };
}

/**
 * The fields of a form or a JSON object as text; what is given more than once, a line for each.
 * @throws PaperboyError `bad_request` when it is neither, or a field is no text.
 */
export function readFields(body: unknown): Record<string, string> {
  if (body === undefined || body === null) return {};
  if (typeof body !== 'object' || Array.isArray(body))
    throw unreadable('What was sent is no form.');
  const fields: Record<string, string> = Object.create(null);
  for (const [name, value] of Object.entries(body)) fields[name] = fieldText(name, value);
  return fields;
}

/** The preference fields among them. */
export function preferenceFields(fields: Record<string, string>): RawPreferences {
  const { timezone, hour, frequency, weekday, length } = fields;
  const { topics, keywords, authors, organisations } = fields;
  return { timezone, hour, frequency, weekday, length, topics, keywords, authors, organisations };
}

function fieldText(name: string, value: unknown): string {
  if (value === undefined || value === null) return '';
  if (typeof value === 'string' || typeof value === 'number') return String(value);
  if (Array.isArray(value) && value.every((entry) => typeof entry === 'string')) {
    return value.join('\n');
  }
  throw unreadable(`What was sent as the field ${name.slice(0, 40)} is not text.`);
}

function unreadable(sentence: string): PaperboyError {
  return new PaperboyError('bad_request', sentence);
}

/** Where a request came from, for the consent record. */
export function toOrigin(request: FastifyRequest, via: string): Origin {
  return { via, ip: request.ip };
}
