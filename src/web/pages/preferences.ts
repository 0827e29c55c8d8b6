import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { timezones } from '../../base/day.js';
import { PaperboyError } from '../../base/errors.js';
import { findTopic, TOPICS } from '../../interests/topics.js';
import { pause, resume } from '../../subscribers/leave.js';
import {
  INTERESTS,
  type Interests,
  MAX_ENTRIES,
  type Preferences,
  readPreferences,
  splitEntries,
  WEEKDAYS,
} from '../../subscribers/preferences.js';
import type { Subscriber } from '../../subscribers/subscriber.js';
import type { WebContext } from '../context.js';
import { preferenceFields, readFields, toOrigin } from '../form.js';

type TokenRoute = { Params: { token: string } };

/** `/preferences/:token`: the reader's own page: hour, zone, length, interests; pause; export; delete. */
export function preferencesPages(app: FastifyInstance, context: WebContext): void {
  const { subscribers, atomically, clock } = context;

  app.get<TokenRoute>('/preferences/:token', async (request, reply) => {
    const subscriber = await find(context, request.params.token);
    return show(context, request, reply, subscriber, {});
  });

  app.get<TokenRoute>('/preferences/:token/export', async (request, reply) => {
    const subscriber = await find(context, request.params.token);
    const consents = await subscribers.consents(subscriber.id);
    return reply
      .header('cache-control', 'no-store')
      .header('x-robots-tag', 'noindex')
      .header('content-disposition', 'attachment; filename="paperboy.json"')
      .send({
        exportedAt: new Date(clock.now()).toISOString(),
        subscriber: { ...subscriber, createdAt: new Date(subscriber.createdAt).toISOString() },
        consents: consents.map(({ at, ...consent }) => ({
          at: new Date(at).toISOString(),
          ...consent,
        })),
      });
  });

  app.post<TokenRoute>('/preferences/:token', async (request, reply) => {
    const subscriber = await find(context, request.params.token);
    const fields = readFields(request.body);
    const origin = toOrigin(request, 'link');
    switch (fields['do'] ?? 'save') {
      case 'save':
        return save(context, request, reply, subscriber, fields);
      case 'pause':
        await atomically((stores) => pause({ ...stores, clock }, subscriber.id, origin));
        break;
      case 'resume':
        await atomically((stores) => resume({ ...stores, clock }, subscriber.id, origin));
        break;
      case 'delete':
        return erase(context, request, reply, subscriber, fields);
      default:
        throw new PaperboyError('bad_request', 'The form asks for something unknown.');
    }
    const changed = await find(context, request.params.token);
    return show(context, request, reply, changed, { saved: true });
  });
}

async function find({ tokens, subscribers }: WebContext, token: string): Promise<Subscriber> {
  const id = tokens.readPreferences(token);
  const subscriber = id === null ? null : await subscribers.find(id);
  if (subscriber) return subscriber;
  throw new PaperboyError(
    'unknown_link',
    'It may have been cut off on its way, or the address it was for has been deleted.',
  );
}

async function save(
  context: WebContext,
  request: FastifyRequest<TokenRoute>,
  reply: FastifyReply,
  subscriber: Subscriber,
  fields: Record<string, string>,
) {
  try {
    const given = readPreferences(preferenceFields(fields));
    await context.subscribers.savePreferences(subscriber.id, { ...blanks(fields), ...given });
  } catch (error) {
    if (!(error instanceof PaperboyError) || error.code !== 'bad_preferences') throw error;
    reply.code(400);
    return show(context, request, reply, subscriber, { error, typed: fields });
  }
  const changed = await find(context, request.params.token);
  return show(context, request, reply, changed, { saved: true });
}

/** A blank choice in the form means "no wish of my own", not "leave it". */
function blanks(fields: Record<string, string>): Partial<Preferences> {
  const blank: Partial<Preferences> = {};
  if ('hour' in fields) blank.hour = null;
  if ('timezone' in fields) blank.timezone = null;
  for (const field of INTERESTS) if (field in fields) blank[field] = [];
  return blank;
}

async function erase(
  context: WebContext,
  request: FastifyRequest<TokenRoute>,
  reply: FastifyReply,
  subscriber: Subscriber,
  fields: Record<string, string>,
) {
  if (fields['sure'] !== 'yes') {
    reply.code(400);
    const error = { message: 'Tick the box to say that you are sure.' };
    return show(context, request, reply, subscriber, { error });
  }
  await context.subscribers.erase(subscriber.id);
  return reply.privatePage('deleted');
}

interface Shown {
  saved?: boolean;
  error?: { message: string };
  /** What a form held that could not be saved. */
  typed?: Record<string, string>;
}

function show(
  { tokens, defaultTimezone }: WebContext,
  { params: { token } }: FastifyRequest<TokenRoute>,
  reply: FastifyReply,
  subscriber: Subscriber,
  { typed, ...state }: Shown,
) {
  return reply.privatePage('preferences', {
    ...state,
    email: subscriber.email,
    state: subscriber.state,
    values: toChoices(subscriber, typed),
    weekdays: WEEKDAYS,
    ...presentInterests(subscriber, typed),
    timezones: timezones(),
    defaultTimezone,
    action: `/preferences/${token}`,
    exportUrl: `/preferences/${token}/export`,
    unsubscribeUrl: `/unsubscribe/${tokens.unsubscribe(subscriber.id)}`,
  });
}

const CHOICES = ['hour', 'timezone', 'frequency', 'weekday', 'length'] as const;

/** What is chosen: as it was, or as it was sent with something else that could not be kept. */
function toChoices(subscriber: Subscriber, typed: Record<string, string> = {}) {
  return Object.fromEntries(CHOICES.map((field) => [field, typed[field] ?? subscriber[field]]));
}

/** Topics to tick, the reader's own below them; and what they typed, a line for each. */
function presentInterests(interests: Interests, typed: Record<string, string> = {}) {
  const ticked =
    typed['topics'] === undefined ? interests.topics : splitEntries('topics', typed['topics']);
  const chosen = new Set(ticked.map((name) => findTopic(name)?.slug ?? name));
  const offered = TOPICS.map(({ slug, label }) => ({ slug, label, chosen: chosen.has(slug) }));
  // What could not be kept may be a list without end.
  const own = [...chosen].filter((name) => !findTopic(name)).slice(0, MAX_ENTRIES);
  const keywords = typed['keywords'] ?? interests.keywords.join('\n');
  const authors = typed['authors'] ?? interests.authors.join('\n');
  const organisations = typed['organisations'] ?? interests.organisations.join('\n');
  return {
    topics: [...offered, ...own.map((name) => ({ slug: name, label: name, chosen: true }))],
    ...{ keywords, authors, organisations },
    // The two that stand side by side are as high as each other.
    rows: { keywords: rowsFor(keywords), followed: rowsFor(authors, organisations) },
  };
}

/** Lines of a box in which all of it shows, with one more to type on. */
function rowsFor(...texts: readonly string[]): number {
  const lines = Math.max(...texts.map((text) => text.split('\n').length));
  return Math.min(Math.max(lines + 1, 3), 12);
}
