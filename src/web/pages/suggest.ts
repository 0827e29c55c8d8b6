import type { FastifyInstance } from 'fastify';
import { toErrorCode } from '../../base/errors.js';
import { suggest } from '../../editions/suggest.js';
import { MAX_COMMENT, MAX_NAME } from '../../editions/suggestion.js';
import type { WebContext } from '../context.js';
import { wantsJson } from '../errors.js';
import { readFields } from '../form.js';

/** Requests per client in a while: nobody reads more papers than that. */
const LIMIT = { max: 10, timeWindow: '10 minutes' };

/** What is wrong, by the field beside which it is told. */
const FIELD_CODES: Readonly<Record<string, string>> = {
  bad_link: 'link',
  bad_name: 'name',
  bad_comment: 'comment',
};

const FORM = { maxName: MAX_NAME, maxComment: MAX_COMMENT, values: {}, errors: {} };

/** `GET /suggest`: a form. `POST /suggest`: the same answer for every paper that could be one. */
export function suggestPages(app: FastifyInstance, context: WebContext): void {
  app.get('/suggest', async (_request, reply) => reply.page('suggest', FORM));

  app.post('/suggest', { config: { rateLimit: LIMIT } }, async (request, reply) => {
    const json = wantsJson(request);
    const fields = readFields(request.body);
    // People do not see this field; programs that fill in every field do.
    const trapped = (fields['website'] ?? '') !== '';
    try {
      const { link, name, comment } = fields;
      const { paperId } = trapped
        ? { paperId: null }
        : await suggest(context, { link, name, comment });
      if (json) {
        const message = 'The editor looks at it.';
        return reply.code(202).send({ paper: paperId, message });
      }
      return reply.privatePage('suggested', { paperId });
    } catch (error) {
      const field = FIELD_CODES[toErrorCode(error) ?? ''];
      if (json || field === undefined) throw error;
      // The form again, with what was typed and what is wrong with it.
      reply.code(400);
      return reply.privatePage('suggest', { ...FORM, values: fields, errors: { [field]: error } });
    }
  });
}
