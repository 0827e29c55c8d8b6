import type { FastifySchemaCompiler } from 'fastify';
import { type TSchema, Type } from 'typebox';
import { Compile } from 'typebox/compile';
import { PaperboyError } from '../base/errors.js';
import { FREQUENCIES, LENGTHS } from '../subscribers/preferences.js';

// Schemas say of what shape a request is. What its texts mean is read by the domain, whose sentences
// tell people what to write instead.

/** What a field of a form or of a JSON object may be; several texts are lines of one. */
const FIELD = Type.Union([Type.String(), Type.Number(), Type.Array(Type.String()), Type.Null()]);

/** A field that may be left out. */
export function field(description: string) {
  return Type.Optional(Type.Unsafe<FieldValue>({ ...FIELD, description }));
}

export type FieldValue = string | number | string[] | null;

/** A form or a JSON object; fields beyond those that are named here are ignored. */
export function formBody<Fields extends Record<string, TSchema>>(fields: Fields) {
  return Type.Union([
    Type.Object(fields, { additionalProperties: Type.Unsafe<FieldValue>(FIELD) }),
    Type.Null(),
  ]);
}

/** What a reader can choose, as forms and JSON name it. */
export const PREFERENCE_SCHEMAS = {
  language: field('What mails are written in, as a BCP 47 code like de or pt-BR.'),
  timezone: field('An IANA time zone, like Europe/Vienna.'),
  hour: field('An hour from 0 to 23 in that zone.'),
  frequency: field(`One of ${FREQUENCIES.join(', ')}.`),
  weekday: field('The day of a weekly digest, like monday.'),
  length: field(`How many papers a digest has at most: ${LENGTHS.join(', ')}.`),
  topics: field('Topics of interest, with commas between them.'),
  keywords: field('Words or phrases of interest, one on each line.'),
  authors: field('Full names of authors to follow, one on each line.'),
  organisations: field('Organisations to follow, one on each line.'),
};

/** What a form may be sent as. */
export const FORM_TYPES = ['application/x-www-form-urlencoded', 'application/json'];

export const TokenParams = Type.Object({
  token: Type.String({ description: 'The token of a link that was mailed to a reader.' }),
});

/** A page for people. */
export function page(description: string) {
  return { description, content: { 'text/html': { schema: Type.String() } } };
}

/** A JSON answer. */
export function json<Schema extends TSchema>(description: string, schema: Schema) {
  return { description, content: { 'application/json': { schema } } };
}

/** A page for people, JSON for programs. */
export function pageOrJson<Schema extends TSchema>(description: string, schema: Schema) {
  return {
    description,
    content: { 'text/html': { schema: Type.String() }, 'application/json': { schema } },
  };
}

const Failure = Type.Object({
  error: Type.Object({
    code: Type.String({ description: 'Stable, for programs.' }),
    message: Type.String({ description: 'A sentence for people.' }),
  }),
});

/** How a request may fail. */
export const FAILURES = {
  '4xx': pageOrJson('The request does not work, and why.', Failure),
  '5xx': pageOrJson('The server can not answer now.', Failure),
};

/** A page that a mailed link leads to: it asks, and changes nothing. */
export const BUTTON_PAGE = {
  hide: true,
  params: TokenParams,
  response: { 200: page('A page with a button.'), ...FAILURES },
};

/** Checks requests as they come: nothing is converted, nothing left out. */
export const schemaChecker: FastifySchemaCompiler<TSchema> = ({ schema }) => {
  const checker = Compile(schema);
  return (value) =>
    checker.Check(value) ? { value } : { error: toShapeError(checker.Errors(value)) };
};

function toShapeError(faults: readonly { instancePath: string }[]): PaperboyError {
  const paths = faults.map(({ instancePath }) => instancePath.split('/'));
  const name = paths.map(([, first = '']) => first).find((first) => first !== '');
  return new PaperboyError(
    'bad_request',
    name === undefined
      ? 'What was sent is no form.'
      : `What was sent as the field ${fieldName(name)} is not text.`,
  );
}

/** JSON pointers write `~` and `/` in another way (RFC 6901 §3). */
function fieldName(part: string): string {
  return part.replaceAll('~1', '/').replaceAll('~0', '~').slice(0, 40);
}
