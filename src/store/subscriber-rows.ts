import type { Selectable } from 'kysely';
import { addressKey } from '../subscribers/address.js';
import { DEFAULT_PREFERENCES, type Preferences } from '../subscribers/preferences.js';
import type { Subscriber } from '../subscribers/subscriber.js';
import type { Tables } from './tables.js';

type Row = Selectable<Tables['subscribers']>;
type PreferenceColumns = Pick<Row, keyof Preferences>;

/** What a new subscriber's row says of the address and the preferences. */
export function newRow(
  email: string,
  preferences: Partial<Preferences>,
): PreferenceColumns & Pick<Row, 'email' | 'email_key'> {
  const { topics, keywords, authors, organisations, ...plain } = {
    ...DEFAULT_PREFERENCES,
    ...preferences,
  };
  return {
    email,
    email_key: addressKey(email),
    ...plain,
    topics: JSON.stringify(topics),
    keywords: JSON.stringify(keywords),
    authors: JSON.stringify(authors),
    organisations: JSON.stringify(organisations),
  };
}

export function toColumns(preferences: Partial<Preferences>): Partial<PreferenceColumns> {
  const { topics, keywords, authors, organisations, ...plain } = preferences;
  return {
    ...plain,
    ...(topics && { topics: JSON.stringify(topics) }),
    ...(keywords && { keywords: JSON.stringify(keywords) }),
    ...(authors && { authors: JSON.stringify(authors) }),
    ...(organisations && { organisations: JSON.stringify(organisations) }),
  };
}

export function toSubscriber(row: Row): Subscriber {
  return {
    id: row.id,
    email: row.email,
    state: row.state,
    round: row.round,
    language: row.language,
    timezone: row.timezone,
    hour: row.hour,
    frequency: row.frequency,
    weekday: row.weekday,
    length: row.length,
    topics: JSON.parse(row.topics) as string[],
    keywords: JSON.parse(row.keywords) as string[],
    authors: JSON.parse(row.authors) as string[],
    organisations: JSON.parse(row.organisations) as string[],
    createdAt: row.created_at,
    activeSince: row.active_since,
    links: row.links,
  };
}
