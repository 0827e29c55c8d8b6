import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import type { FastifyReply } from 'fastify';
import { Type } from 'typebox';
import type { Clock } from '../../base/clock.js';
import { PaperboyError } from '../../base/errors.js';
import { formatLanguage, type Languages } from '../../base/languages.js';
import { parseTimezone } from '../../base/timezones.js';
import { pause, resume } from '../../subscribers/leave.js';
import {
  INTERESTS,
  LENGTHS,
  type Preferences,
  readPreferences,
  WEEKDAYS,
} from '../../subscribers/preferences.js';
import { renewLinks } from '../../subscribers/renew-links.js';
import type { Subscriber } from '../../subscribers/subscriber.js';
import type { SubscriberStore } from '../../subscribers/subscriber-store.js';
import type { Tokens } from '../../subscribers/tokens.js';
import {
  type FieldErrors,
  firstWrong,
  preferenceFields,
  readFields,
  toFieldErrors,
  toOrigin,
} from '../form.js';
import { loadReaderData, type ReaderDataDeps } from '../reader-data.js';
import {
  FAILURES,
  FORM_TYPES,
  field,
  formBody,
  json,
  PREFERENCE_SCHEMAS,
  page,
  TokenParams,
} from '../schemas.js';
import { keepPrivate, type RenderPage, sendPrivatePage } from '../views.js';
import type { Atomically } from '../web-deps.js';
import { presentInterests, presentLanguages, toChoices } from './preferences-form.js';
import { similarZones } from './timezones.js';

export interface PreferencesDeps {
  tokens: Tokens;
  subscribers: SubscriberStore;
  ledger: ReaderDataDeps['ledger'];
  atomically: Atomically;
  clock: Clock;
  renderPage: RenderPage;
  defaultTimezone: string;
  languages: Languages;
}

/** `/preferences/:token`: the reader's own page: hour, zone, length, interests; pause; export; delete. */
export const preferencesPages: FastifyPluginAsyncTypebox<PreferencesDeps> = async (app, deps) => {
  const { atomically, clock } = deps;

  app.get('/preferences/:token', { schema: GET_SCHEMA }, async (request, reply) => {
    const { token } = request.params;
    return show(deps, reply, { token, subscriber: await find(deps, token) });
  });

  app.get('/preferences/:token/export', { schema: EXPORT_SCHEMA }, async (request, reply) => {
    const subscriber = await find(deps, request.params.token);
    keepPrivate(reply).header('content-disposition', 'attachment; filename="paperboy.json"');
    return loadReaderData(deps, subscriber, clock.now());
  });

  app.post('/preferences/:token', { schema: POST_SCHEMA }, async (request, reply) => {
    const { token } = request.params;
    const subscriber = await find(deps, token);
    const fields = readFields(request.body);
    const origin = toOrigin(request, 'link');
    switch (fields['do'] ?? 'save') {
      case 'save':
        return save(deps, reply, { token, subscriber }, fields);
      case 'pause':
        await atomically((stores) => pause({ ...stores, clock }, subscriber.id, origin));
        break;
      case 'resume':
        await atomically((stores) => resume({ ...stores, clock }, subscriber.id, origin));
        break;
      case 'renew':
        return renew(deps, reply, subscriber);
      case 'delete':
        return erase(deps, reply, { token, subscriber }, fields);
      default:
        throw new PaperboyError('bad_request', 'The form asks for something unknown.');
    }
    return show(deps, reply, { token, subscriber: await find(deps, token), saved: true });
  });
};

async function find(
  { tokens, subscribers }: Pick<PreferencesDeps, 'tokens' | 'subscribers'>,
  token: string,
): Promise<Subscriber> {
  const claim = tokens.readPreferences(token);
  const subscriber = claim === null ? null : await subscribers.find(claim.subscriberId);
  if (subscriber && subscriber.links !== claim?.links) throw renewed();
  if (subscriber) return subscriber;
  throw new PaperboyError(
    'unknown_link',
    'The link may be incomplete, or the address it was for has been deleted.',
  );
}

function renewed(): PaperboyError {
  return new PaperboyError(
    'link_renewed',
    'The links of this reader were renewed. Newer mails have the new ones; or enter the address on the front page, and they are mailed to it.',
  );
}

async function save(
  deps: PreferencesDeps,
  reply: FastifyReply,
  { token, subscriber }: Reader,
  fields: Record<string, string>,
) {
  try {
    const given = readPreferences(preferenceFields(fields), deps.languages.all, subscriber);
    await deps.subscribers.savePreferences(subscriber.id, { ...blanks(fields), ...given });
  } catch (error) {
    const errors = toFieldErrors(error, SHOWN);
    if (errors === null) throw error;
    return show(deps, reply.code(400), { token, subscriber, errors, typed: fields });
  }
  return show(deps, reply, { token, subscriber: await find(deps, token), saved: true });
}

/** A blank choice in the form means "no wish of my own", not "leave it". */
function blanks(fields: Record<string, string>): Partial<Preferences> {
  const blank: Partial<Preferences> = {};
  if ('language' in fields) blank.language = null;
  if ('hour' in fields) blank.hour = null;
  if ('timezone' in fields) blank.timezone = null;
  for (const interest of INTERESTS) if (interest in fields) blank[interest] = [];
  return blank;
}

async function erase(
  deps: PreferencesDeps,
  reply: FastifyReply,
  reader: Reader,
  fields: Record<string, string>,
) {
  if (fields['sure'] !== 'yes') {
    const errors = { sure: { message: 'Tick the box to say that you are sure.' } };
    return show(deps, reply.code(400), { ...reader, errors });
  }
  await deps.subscribers.erase(reader.subscriber.id, { keepOut: true });
  return sendPrivatePage(reply, deps.renderPage, 'deleted');
}

/** Whoever has the page may not be its reader: the new links go to the address alone. */
async function renew(
  { atomically, clock, languages, renderPage }: PreferencesDeps,
  reply: FastifyReply,
  subscriber: Subscriber,
) {
  const mailed = await atomically((stores) =>
    renewLinks({ ...stores, clock, languages }, subscriber),
  );
  return sendPrivatePage(reply, renderPage, 'links-renewed', { mailed, email: subscriber.email });
}

interface Reader {
  token: string;
  subscriber: Subscriber;
}

interface Shown extends Reader {
  saved?: boolean;
  errors?: FieldErrors;
  /** What a form held that could not be saved. */
  typed?: Record<string, string>;
}

/** The fields of the page, in their order. */
const SHOWN: readonly string[] = [
  ...['hour', 'timezone', 'frequency', 'weekday', 'length', 'language', 'topics', 'keywords'],
  ...['authors', 'organisations', 'sure'],
];

function show(
  { tokens, defaultTimezone, languages, renderPage }: PreferencesDeps,
  reply: FastifyReply,
  { token, subscriber, saved, errors = {}, typed }: Shown,
) {
  const { email, state, timezone } = subscriber;
  return sendPrivatePage(reply, renderPage, 'preferences', {
    ...{ saved, errors, email, state },
    focus: firstWrong(errors, SHOWN),
    zones: errors['timezone'] ? similarZones(typed?.['timezone'] ?? '') : [],
    foreignZone: timezone !== null && parseTimezone(timezone) === null,
    values: toChoices(subscriber, typed, errors),
    weekdays: WEEKDAYS,
    lengths: LENGTHS,
    languages: presentLanguages(languages, subscriber.language),
    ownLanguage: formatLanguage(languages.own),
    ...presentInterests(subscriber, typed, 'topics' in errors),
    defaultTimezone,
    action: `/preferences/${token}`,
    exportUrl: `/preferences/${token}/export`,
    unsubscribeUrl: `/unsubscribe/${tokens.unsubscribe(subscriber.id, subscriber.links)}`,
  });
}

const GET_SCHEMA = {
  hide: true,
  params: TokenParams,
  response: { 200: page('The reader’s preferences.'), ...FAILURES },
};

const KEPT = Type.Object({}, { additionalProperties: true });

const EXPORT_SCHEMA = {
  tags: ['subscribing'],
  summary: 'All that is kept of a reader',
  params: TokenParams,
  response: {
    200: json(
      'Address, preferences, consents, suppressions and mails.',
      Type.Object({
        exportedAt: Type.String({ format: 'date-time' }),
        // Nothing that is kept may be left out here because it is not named.
        subscriber: KEPT,
        consents: Type.Array(KEPT),
        suppression: Type.Union([KEPT, Type.Null()]),
        suppressionEvents: Type.Array(KEPT),
        deliveries: Type.Array(KEPT),
        notices: Type.Array(KEPT),
        reports: Type.Array(KEPT),
      }),
    ),
    ...FAILURES,
  },
};

const POST_SCHEMA = {
  tags: ['subscribing'],
  summary: 'Save preferences, pause, resume, renew the links or delete',
  description: 'Fields that are left out stay as they are; empty ones are cleared.',
  params: TokenParams,
  consumes: FORM_TYPES,
  body: formBody({
    do: field('save (also when left out), pause, resume, renew or delete.'),
    sure: field('yes, to delete.'),
    ...PREFERENCE_SCHEMAS,
  }),
  response: { 200: page('The preferences as they are now.'), ...FAILURES },
};
