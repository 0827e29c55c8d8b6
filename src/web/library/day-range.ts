import type { Day } from '../../base/day.js';
import type { Messages } from '../../views/messages.js';

const formats = new WeakMap<Messages, Intl.DateTimeFormat>();

/** `17–23 August 2026`, in the way of the language. */
export function formatDays(from: Day, to: Day, messages: Messages): string {
  const format =
    formats.get(messages) ??
    new Intl.DateTimeFormat(messages.language.locale, { dateStyle: 'long', timeZone: 'UTC' });
  formats.set(messages, format);
  return format.formatRange(new Date(`${from}T00:00:00Z`), new Date(`${to}T00:00:00Z`));
}
