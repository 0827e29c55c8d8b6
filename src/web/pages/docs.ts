import swagger from '@fastify/swagger';
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import type { FastifyInstance } from 'fastify';
import type { OpenAPIV3_1 } from 'openapi-types';
import { VERSION } from '../../base/version.js';
import type { PageCache } from '../page-cache.js';
import { HTML } from '../rendered.js';
import { page } from '../schemas.js';
import type { RenderPage } from '../views.js';

export interface DocsDeps {
  cache: PageCache;
  renderPage: RenderPage;
}

const SCHEMA = { hide: true, response: { 200: page('The description for people.') } };

/** `GET /api/openapi.json`: what programs can ask of the site. `GET /api/docs`: the same to read. */
export const docsPages: FastifyPluginAsyncTypebox<DocsDeps> = async (
  app,
  { cache, renderPage },
) => {
  const describe = () => app.swagger() as OpenAPIV3_1.Document;

  app.get('/api/openapi.json', { schema: { hide: true } }, (request, reply) =>
    cache.send(request, reply, '/api/openapi.json', () => ({
      type: 'application/json; charset=utf-8',
      body: JSON.stringify(describe()),
    })),
  );

  app.get('/api/docs', { schema: SCHEMA }, (request, reply) =>
    cache.send(request, reply, '/api/docs', (messages) => ({
      type: HTML,
      body: renderPage('docs', messages, { ...presentApi(describe()) }),
    })),
  );
};

type Schema = OpenAPIV3_1.SchemaObject;

/** A description of the API as its page shows it. */
export interface ApiDocs {
  groups: { name: string; description: string; operations: OperationView[] }[];
}

interface OperationView {
  id: string;
  method: string;
  path: string;
  summary: string;
  description: string;
  parameters: FieldView[];
  body: { types: string; fields: FieldView[]; note: string } | null;
  answers: AnswerView[];
}

interface FieldView {
  name: string;
  type: string;
  description: string;
}

interface AnswerView {
  status: string;
  types: string;
  description: string;
  fields: FieldView[];
}

const METHODS = ['get', 'post', 'put', 'patch', 'delete'] as const;

/** What the page shows of an OpenAPI document that has no references in it. */
export function presentApi({ tags = [], paths = {} }: OpenAPIV3_1.Document): ApiDocs {
  const operations = Object.entries(paths).flatMap(([path, item]) =>
    METHODS.flatMap((method) => {
      const operation = item?.[method];
      return operation
        ? [{ tags: operation.tags ?? [], view: present(method, path, operation) }]
        : [];
    }),
  );
  return {
    groups: tags.map(({ name, description = '' }) => ({
      name,
      description,
      operations: operations.flatMap(({ tags, view }) => (tags.includes(name) ? [view] : [])),
    })),
  };
}

function present(
  method: string,
  path: string,
  operation: OpenAPIV3_1.OperationObject,
): OperationView {
  return {
    id: `${method}-${path.replace(/\W+/g, '-').replace(/^-|-$/g, '')}`,
    method: method.toUpperCase(),
    path,
    summary: operation.summary ?? '',
    description: operation.description ?? '',
    parameters: (operation.parameters ?? []).flatMap(presentParameter),
    body: presentBody(operation.requestBody),
    answers: Object.entries(operation.responses ?? {}).map(([status, answer]) =>
      presentAnswer(status.toUpperCase(), answer),
    ),
  };
}

function presentParameter(
  parameter: OpenAPIV3_1.ReferenceObject | OpenAPIV3_1.ParameterObject,
): FieldView[] {
  if ('$ref' in parameter) return [];
  const { name, schema, description = '' } = parameter;
  return [{ name, type: toTypeName(schema as Schema | undefined), description }];
}

function presentBody(body: OpenAPIV3_1.OperationObject['requestBody']): OperationView['body'] {
  if (body === undefined || '$ref' in body) return null;
  const schema = Object.values(body.content)[0]?.schema as Schema | undefined;
  return {
    types: Object.keys(body.content).join(', '),
    fields: presentFields(schema),
    note: schema?.description ?? '',
  };
}

function presentAnswer(
  status: string,
  answer: OpenAPIV3_1.ReferenceObject | OpenAPIV3_1.ResponseObject,
): AnswerView {
  if ('$ref' in answer) return { status, types: '', description: '', fields: [] };
  const content = answer.content ?? {};
  const structured = Object.values(content).map(({ schema }) => schema as Schema | undefined);
  return {
    status,
    types: Object.keys(content).join(', '),
    description: answer.description,
    fields: structured.flatMap(presentFields),
  };
}

/** The fields of an object, or of the one object among several schemas. */
function presentFields(schema: Schema | undefined): FieldView[] {
  const among = (schema?.anyOf ?? []) as Schema[];
  const { properties = {} } = among.find(({ type }) => type === 'object') ?? schema ?? {};
  return Object.entries(properties).map(([name, property]) => ({
    name,
    type: toTypeName(property as Schema),
    description: ('description' in property ? property.description : undefined) ?? '',
  }));
}

function toTypeName(schema: Schema | undefined): string {
  if (schema === undefined) return 'anything';
  if (schema.anyOf) {
    return [...new Set((schema.anyOf as Schema[]).map(toTypeName))].join(' or ');
  }
  if (schema.enum) return schema.enum.join(', ');
  if (schema.type === 'array') return `list of ${toTypeName(schema.items as Schema)}`;
  return schema.format ?? String(schema.type ?? 'anything');
}

/** Collects the schemas of all routes that are registered after it. */
export async function describeRoutes(
  app: FastifyInstance,
  { name, publicUrl }: { name: string; publicUrl: string },
): Promise<void> {
  await app.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: {
        title: name,
        version: VERSION,
        description: 'What programs can ask of this site, and what its forms send.',
      },
      servers: [{ url: publicUrl }],
      tags: [
        { name: 'feeds', description: 'Editions for feed readers.' },
        { name: 'subscribing', description: 'Subscribing, confirming, preferences, leaving.' },
        { name: 'suggesting', description: 'Papers that readers suggest.' },
        { name: 'status', description: 'How the program is.' },
      ],
    },
  });
}
