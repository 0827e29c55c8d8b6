import type { OpenAPIV3_1 } from 'openapi-types';

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
