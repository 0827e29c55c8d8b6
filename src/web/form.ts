import type { FastifyRequest } from 'fastify';
import { PaperboyError } from '../base/errors.js';
import type { RawPreferences } from '../subscribers/preferences.js';
import { WORDING } from '../subscribers/subscribe.js';
import type { Origin } from '../subscribers/subscriber.js';
import { findClient } from './client-address.js';
import type { FieldValue } from './schemas.js';

/** What is shown beside the fields of a form; `form`: what concerns no single field. */
export type FieldErrors = Readonly<Record<string, PaperboyError>>;

/** What the subscribe form needs wherever it stands. */
export function subscribeForm(defaultTimezone: string) {
  return { defaultTimezone, wording: WORDING, values: {}, errors: {}, fresh: true };
}

/** The fields of a form or a JSON object as text; what is given more than once, a line for each. */
export function readFields(body: unknown): Record<string, string> {
  const fields: Record<string, string> = Object.create(null);
  for (const [name, value] of Object.entries((body ?? {}) as Record<string, FieldValue>)) {
    fields[name] = Array.isArray(value) ? value.join('\n') : String(value ?? '');
  }
  return fields;
}

/** The preference fields among them. */
export function preferenceFields(fields: Record<string, string>): RawPreferences {
  const { timezone, hour, frequency, weekday, length } = fields;
  const { topics, keywords, authors, organisations } = fields;
  return { timezone, hour, frequency, weekday, length, topics, keywords, authors, organisations };
}

/** Where a request came from, for the consent record. */
export function toOrigin(request: FastifyRequest, via: string): Origin {
  return { via, ip: findClient(request).address };
}

/** What is wrong with a token that leads to nobody. */
export function unknownLink(): PaperboyError {
  return new PaperboyError(
    'unknown_link',
    'The link may be incomplete. Please copy it from the mail again.',
  );
}
