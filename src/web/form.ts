import type { FastifyRequest } from 'fastify';
import { FieldError, PaperboyError } from '../base/errors.js';
import { parseTimezone } from '../base/timezones.js';
import type { RawPreferences } from '../subscribers/preferences.js';
import type { Origin } from '../subscribers/subscriber.js';
import { findClient } from './client-address.js';
import type { FieldValue } from './schemas.js';

/** What is shown beside the fields of a form; `form`: what concerns none of its fields. */
export type FieldErrors = Readonly<Record<string, { message: string }>>;

/**
 * What is told beside which field.
 * @param shown the fields that the form has
 * @returns `null` for what is no fault of the form
 */
export function toFieldErrors(error: unknown, shown: readonly string[]): FieldErrors | null {
  if (!(error instanceof FieldError)) return null;
  const errors: Record<string, { message: string }> = {};
  for (const { field, message } of error.faults) {
    const name = shown.includes(field) ? field : 'form';
    const before = errors[name];
    errors[name] = { message: before ? `${before.message} ${message}` : message };
  }
  return errors;
}

/** The first field of a form that is wrong: there the reader goes on typing. */
export function firstWrong(errors: FieldErrors, shown: readonly string[]): string | null {
  return shown.find((field) => field in errors) ?? null;
}

/**
 * The fields without a zone that the browser has filled in and that is not known here, as of a newer
 * machine than this one: nobody has typed it, and nobody could mend it.
 */
export function withoutForeignZone(fields: Record<string, string>): Record<string, string> {
  const { timezone = '', browserTimezone = '' } = fields;
  const isForeign = timezone === browserTimezone && parseTimezone(timezone) === null;
  return isForeign ? { ...fields, timezone: '' } : fields;
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
  const { language, timezone, hour, frequency, weekday, length } = fields;
  const { topics, keywords, authors, organisations } = fields;
  return {
    ...{ language, timezone, hour, frequency, weekday, length },
    ...{ topics, keywords, authors, organisations },
  };
}

/** Where a request came from, for the consent record. */
export function toOrigin(request: FastifyRequest, via: string, shown?: string): Origin {
  const ip = findClient(request).address;
  return { via, ip, ...(shown !== undefined && { shown }) };
}

/** What is wrong with a token that leads to nobody. */
export function unknownLink(): PaperboyError {
  return new PaperboyError(
    'unknown_link',
    'The link may be incomplete. Please copy it from the mail again.',
  );
}
