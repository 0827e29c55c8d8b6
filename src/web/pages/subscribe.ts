import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Type } from 'typebox';
import type { Clock } from '../../base/clock.js';
import type { Languages } from '../../base/languages.js';
import type { Logger } from '../../base/logger.js';
import type { ShownEditions } from '../../editions/shown-editions.js';
import { addressKey } from '../../subscribers/address.js';
import {
  type Admission,
  admitRequest,
  type FormEvidence,
  reportTurn,
} from '../../subscribers/form/form-guard.js';
import { suggestAddress } from '../../subscribers/form/mistyped-domain.js';
import type { NoticeLimits } from '../../subscribers/notice-limits.js';
import { readRequest, requestSubscription } from '../../subscribers/subscribe.js';
import type { Tokens } from '../../subscribers/tokens.js';
import type { ConsentWordsIn } from '../consent-words.js';
import { wantsJson } from '../errors.js';
import { waitForStep } from '../even-time.js';
import {
  firstWrong,
  preferenceFields,
  readFields,
  toFieldErrors,
  toOrigin,
  withoutForeignZone,
} from '../form.js';
import { type BlankForm, isTokened } from '../form-page.js';
import { toFollows } from '../library/follows.js';
import {
  FAILURES,
  FORM_TYPES,
  field,
  formBody,
  json,
  PREFERENCE_SCHEMAS,
  page,
} from '../schemas.js';
import { keepPrivate, type RenderPage, sendPage, sendPrivatePage } from '../views.js';
import type { Atomically, FormDeps } from '../web-deps.js';
import { renderHome } from './home.js';
import { similarZones } from './timezones.js';

/** The fields that the form on the pages has, in its order. */
const SHOWN = ['email', 'hour', 'timezone'];

/** Requests per client in a while: a household's worth, not a flood's. */
const LIMIT = { max: 30, timeWindow: '10 minutes' };

export interface SubscribeRouteDeps {
  editions: ShownEditions;
  atomically: Atomically;
  limits: NoticeLimits;
  clock: Clock;
  logger: Logger;
  renderPage: RenderPage;
  words: ConsentWordsIn;
  blankForm: BlankForm;
  tokens: Tokens;
  languages: Languages;
  publicUrl: string;
  form: FormDeps;
  /** Where the embedded inbox shows itself, when it is in use. */
  inboxUrl: string | null;
}

/** What our own pages send along; others leave it out. */
const GUARD_SCHEMAS = {
  token: field('Where the request comes from, as the pages of this site say it.'),
  website: field('Leave it out: people do not see this field.'),
  proof: field('A proof of work, as the script of this site makes it.'),
  wait: field('The turn of whoever was told to wait.'),
  asked: field('Anything, if the address is meant as it is.'),
};

const SCHEMA = {
  tags: ['subscribing'],
  summary: 'Ask for a digest; a mail asks the address to confirm',
  description:
    'The answer is the same whether or not the address is known. Requests that come from no page of this site share a small budget.',
  consumes: FORM_TYPES,
  body: formBody({
    email: field('The address. Required.'),
    ...PREFERENCE_SCHEMAS,
    browserTimezone: field(
      'The time zone that a program filled in. If `timezone` is the same and not known here, none is kept.',
    ),
    ...GUARD_SCHEMAS,
  }),
  response: {
    200: page('A page that says to open the mail, or asks whether another address is meant.'),
    202: json(
      'A mail follows, if this address may get one.',
      Type.Object({
        email: Type.String(),
        message: Type.String(),
        suggestion: Type.Optional(
          Type.String({ description: 'The address that may be meant, where one looks mistyped.' }),
        ),
      }),
    ),
    ...FAILURES,
  },
};

type Fields = Record<string, string>;

/** `POST /subscribe`: the same answer for every address that could be one. */
export const subscribeRoute: FastifyPluginAsyncTypebox<SubscribeRouteDeps> = async (app, deps) => {
  const { clock, form } = deps;
  const options = { schema: SCHEMA, config: { rateLimit: LIMIT } };
  app.post('/subscribe', options, async (request, reply) => {
    const began = clock.steady();
    const isProgram = wantsJson(request);
    const fields = withoutForeignZone(readFields(request.body));
    try {
      const wanted = {
        ...{ email: fields['email'] ?? '', ...preferenceFields(fields) },
        language: fields['language'] || toAskedLanguage(deps, request),
      };
      const { email } = readRequest(wanted, deps.languages.all);
      form.disposable.refuse(email);
      const suggestion = fields['asked'] ? null : suggestAddress(email);
      if (suggestion !== null && !isProgram) return askBack(deps, reply, fields, suggestion);
      const admission = await takeRequest(deps, request, { ...fields, email }, wanted);
      await waitForStep(clock, began, form.answerStep);
      return answer(deps, {
        request,
        reply,
        fields: { ...fields, email },
        email,
        suggestion,
        admission,
      });
    } catch (error) {
      const errors = toFieldErrors(error, SHOWN);
      if (isProgram || errors === null) throw error;
      // The form again, with what was typed and what is wrong with it.
      const zones = errors['timezone'] ? similarZones(fields['timezone'] ?? '') : [];
      const focus = firstWrong(errors, SHOWN);
      const follows = toFollows(fields, request.messages);
      const again = { values: fields, errors, focus, zones, follows, fresh: false, noindex: true };
      return sendPage(
        keepPrivate(reply.code(400)),
        await renderHome(deps, request.messages, again),
      );
    }
  });
};

/** The language of the page that asks, unless it is the site's own anyway. */
function toAskedLanguage(
  { languages }: SubscribeRouteDeps,
  { messages: { language } }: FastifyRequest,
): string | undefined {
  return language.code === languages.own ? undefined : language.code;
}

/** One transaction, and one write of the guard's in it, whatever is done for the address. */
async function takeRequest(
  deps: SubscribeRouteDeps,
  request: FastifyRequest,
  fields: Fields,
  wanted: Parameters<typeof requestSubscription>[1],
): Promise<Admission> {
  const { atomically, limits, clock, languages, tokens } = deps;
  const words = deps.words(request.messages);
  const isProgram = wantsJson(request);
  const evidence = await toEvidence(deps, request, fields);
  const { admission, turn } = await atomically(async (stores) => {
    const admitted = await admitRequest(stores.form, evidence, clock.now());
    if (admitted.admission.kind === 'admitted') {
      // Of a form elsewhere nobody knows what it says, so what counts is the mail.
      const isOurs = evidence.tokened && tokens.readForm(fields['token'] ?? '') !== null;
      const shown = isOurs ? words.form : words.mail;
      const origin = toOrigin(request, isProgram ? 'api' : 'form', shown);
      await requestSubscription({ ...stores, limits, clock, languages }, wanted, origin);
    }
    return admitted;
  });
  reportTurn(deps.logger, turn, deps.form.onAttack);
  return admission;
}

async function toEvidence(
  { tokens, clock, publicUrl, form }: SubscribeRouteDeps,
  request: FastifyRequest,
  fields: Fields,
): Promise<FormEvidence> {
  const { email = '', token = '', website = '', proof = '', wait = '' } = fields;
  const origins = { tokens, clock, publicUrl, formOrigins: form.origins };
  return {
    tokened: isTokened(origins, request, token),
    trapped: website !== '',
    proof: proof === '' ? null : await form.proofs.read(proof, clock.now()),
    turnAt: tokens.readWait(addressKey(email), wait),
    canWait: !wantsJson(request),
  };
}

interface Answer {
  request: FastifyRequest;
  reply: FastifyReply;
  fields: Fields;
  email: string;
  suggestion: string | null;
  admission: Admission;
}

function answer(deps: SubscribeRouteDeps, { request, reply, ...rest }: Answer): FastifyReply {
  const { fields, email, suggestion, admission } = rest;
  const { renderPage, inboxUrl } = deps;
  if (admission.kind === 'refused') return refuse(deps, request, reply, fields, admission);
  if (admission.kind === 'wait') return letWait(deps, reply, fields, admission);
  if (!wantsJson(request)) {
    return sendPrivatePage(reply, renderPage, 'subscribed', { email, inboxUrl });
  }
  const message = 'Open the mail that was sent to this address and follow its link.';
  return reply.code(202).send({ email, message, ...(suggestion !== null && { suggestion }) });
}

/** The form that the page of this site has, so that a person can go on with it. */
function refuse(
  { renderPage, blankForm }: SubscribeRouteDeps,
  request: FastifyRequest,
  reply: FastifyReply,
  fields: Fields,
  { retryAfter }: { retryAfter: number },
): FastifyReply {
  keepPrivate(reply.code(429)).header('retry-after', retryAfter);
  if (wantsJson(request)) {
    const message =
      'Too many requests came from elsewhere in the last hour. Please try again later.';
    return reply.send({ error: { code: 'too_many_requests', message } });
  }
  const message = 'Too many requests came in from elsewhere. Please send this form once more.';
  const follows = toFollows(fields, request.messages);
  const again = { values: fields, errors: { form: { message } }, follows, fresh: false };
  return sendPage(
    reply,
    renderPage('subscribe', request.messages, { ...blankForm(), ...again, noindex: true }),
  );
}

/** The page of whoever waits: it works without a script. */
function letWait(
  { renderPage, tokens, clock }: SubscribeRouteDeps,
  reply: FastifyReply,
  fields: Fields,
  { readyAt }: { readyAt: number },
): FastifyReply {
  const { email = '' } = fields;
  const seconds = Math.max(1, Math.ceil((readyAt - clock.now()) / 1_000));
  const carried = toCarried({ ...fields, wait: tokens.wait(addressKey(email), readyAt) });
  const wait = seconds < 90 ? `${seconds} seconds` : `${Math.ceil(seconds / 60)} minutes`;
  reply.code(429).header('retry-after', seconds);
  return sendPrivatePage(reply, renderPage, 'wait', { email, wait, carried });
}

/** Nothing is known of the address yet, and nothing is done for it. */
function askBack(
  { renderPage }: SubscribeRouteDeps,
  reply: FastifyReply,
  { email = '', ...fields }: Fields,
  suggestion: string,
): FastifyReply {
  const carried = toCarried({ ...fields, asked: 'yes' });
  return sendPrivatePage(reply, renderPage, 'mistyped', {
    email: email.trim(),
    suggestion,
    carried,
  });
}

const CARRIED = new Set(['email', 'browserTimezone', ...Object.keys(PREFERENCE_SCHEMAS)]);
for (const name of Object.keys(GUARD_SCHEMAS)) CARRIED.add(name);

/** Fields that go through a page in between; others are nobody's. */
function toCarried(fields: Fields): { name: string; value: string }[] {
  return Object.entries(fields).flatMap(([name, value]) =>
    CARRIED.has(name) && value !== '' ? [{ name, value }] : [],
  );
}
