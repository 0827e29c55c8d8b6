import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { Type } from 'typebox';
import type { Clock } from '../../base/clock.js';
import { suggest } from '../../editions/suggest.js';
import { MAX_COMMENT, MAX_NAME, type SuggestionStore } from '../../editions/suggestion.js';
import type { Messages } from '../../views/messages.js';
import { wantsJson } from '../errors.js';
import { firstWrong, readFields, toFieldErrors } from '../form.js';
import type { PageCache } from '../page-cache.js';
import { HTML } from '../rendered.js';
import { FAILURES, FORM_TYPES, field, formBody, json, page } from '../schemas.js';
import { type RenderPage, sendPrivatePage } from '../views.js';

/** Requests per client in a while: nobody reads more papers than that. */
const LIMIT = { max: 10, timeWindow: '10 minutes' };

/** The fields that people see, in their order. */
const SHOWN = ['link', 'name', 'comment'];

const FORM = { maxName: MAX_NAME, maxComment: MAX_COMMENT, values: {}, errors: {} };

export interface SuggestDeps {
  cache: PageCache;
  suggestions: SuggestionStore;
  clock: Clock;
  renderPage: RenderPage;
}

const GET_SCHEMA = { hide: true, response: { 200: page('A form.') } };

const POST_SCHEMA = {
  tags: ['suggesting'],
  summary: 'Suggest a paper to the editor',
  description: 'The answer is the same whether the paper is new, known or decided already.',
  consumes: FORM_TYPES,
  body: formBody({
    link: field('The paper’s page on arXiv, or its arXiv id. Required.'),
    name: field('Whom the edition names if it takes the paper.'),
    comment: field('Why others should read it, for the editor alone.'),
    website: field('Leave it out: people do not see this field.'),
  }),
  response: {
    200: page('A page of thanks.'),
    202: json(
      'The editor looks at it.',
      Type.Object({
        paper: Type.Union([Type.String(), Type.Null()], { description: 'Its arXiv id.' }),
        message: Type.String(),
      }),
    ),
    ...FAILURES,
  },
};

/** `GET /suggest`: a form. `POST /suggest`: the same answer for every paper that could be one. */
export const suggestPages: FastifyPluginAsyncTypebox<SuggestDeps> = async (
  app,
  { cache, suggestions, clock, renderPage },
) => {
  const renderForm = (messages: Messages) => ({
    type: HTML,
    body: renderPage('suggest', messages, FORM),
  });
  app.get('/suggest', { schema: GET_SCHEMA }, (request, reply) =>
    cache.send(request, reply, '/suggest', renderForm),
  );

  const options = { schema: POST_SCHEMA, config: { rateLimit: LIMIT } };
  app.post('/suggest', options, async (request, reply) => {
    const isProgram = wantsJson(request);
    const fields = readFields(request.body);
    // People do not see this field; programs that fill in every field do.
    const trapped = (fields['website'] ?? '') !== '';
    try {
      const { link, name, comment } = fields;
      const { paperId } = trapped
        ? { paperId: null }
        : await suggest({ suggestions, clock }, { link, name, comment });
      if (isProgram) {
        return reply.code(202).send({ paper: paperId, message: 'The editor looks at it.' });
      }
      return sendPrivatePage(reply, renderPage, 'suggested', { paperId });
    } catch (error) {
      const errors = toFieldErrors(error, SHOWN);
      if (isProgram || errors === null) throw error;
      // The form again, with what was typed and what is wrong with it.
      const form = { ...FORM, values: fields, errors, focus: firstWrong(errors, SHOWN) };
      return sendPrivatePage(reply.code(400), renderPage, 'suggest', form);
    }
  });
};
