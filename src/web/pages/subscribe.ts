import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { Type } from 'typebox';
import type { Clock } from '../../base/clock.js';
import type { ShownEditions } from '../../editions/shown-editions.js';
import type { NoticeLimits } from '../../subscribers/notice-limits.js';
import { requestSubscription } from '../../subscribers/subscribe.js';
import type { ConsentWords } from '../consent-words.js';
import { wantsJson } from '../errors.js';
import {
  firstWrong,
  preferenceFields,
  readFields,
  toFieldErrors,
  toOrigin,
  withoutForeignZone,
} from '../form.js';
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
import type { Atomically } from '../web-deps.js';
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
  renderPage: RenderPage;
  defaultTimezone: string;
  words: ConsentWords;
  /** Where the embedded inbox shows itself, when it is in use. */
  inboxUrl: string | null;
}

const SCHEMA = {
  tags: ['subscribing'],
  summary: 'Ask for a digest; a mail asks the address to confirm',
  description: 'The answer is the same whether or not the address is known.',
  consumes: FORM_TYPES,
  body: formBody({
    email: field('The address. Required.'),
    ...PREFERENCE_SCHEMAS,
    browserTimezone: field(
      'The time zone that a program filled in. If `timezone` is the same and not known here, none is kept.',
    ),
  }),
  response: {
    200: page('A page that says to open the mail.'),
    202: json(
      'A mail follows, if this address may get one.',
      Type.Object({ email: Type.String(), message: Type.String() }),
    ),
    ...FAILURES,
  },
};

/** `POST /subscribe`: the same answer for every address that could be one. */
export const subscribeRoute: FastifyPluginAsyncTypebox<SubscribeRouteDeps> = async (app, deps) => {
  const { atomically, limits, clock, renderPage, inboxUrl, words } = deps;
  const options = { schema: SCHEMA, config: { rateLimit: LIMIT } };
  app.post('/subscribe', options, async (request, reply) => {
    const isProgram = wantsJson(request);
    const fields = withoutForeignZone(readFields(request.body));
    try {
      const { email } = await atomically((stores) =>
        requestSubscription(
          { ...stores, limits, clock },
          { email: fields['email'] ?? '', ...preferenceFields(fields) },
          isProgram ? toOrigin(request, 'api', words.mail) : toOrigin(request, 'form', words.form),
        ),
      );
      if (isProgram) {
        const message = 'Open the mail that was sent to this address and follow its link.';
        return reply.code(202).send({ email, message });
      }
      return sendPrivatePage(reply, renderPage, 'subscribed', { email, inboxUrl });
    } catch (error) {
      const errors = toFieldErrors(error, SHOWN);
      if (isProgram || errors === null) throw error;
      // The form again, with what was typed and what is wrong with it.
      const zones = errors['timezone'] ? similarZones(fields['timezone'] ?? '') : [];
      const focus = firstWrong(errors, SHOWN);
      const form = { values: fields, errors, focus, zones, fresh: false, noindex: true };
      return sendPage(keepPrivate(reply.code(400)), await renderHome(deps, form));
    }
  });
};
