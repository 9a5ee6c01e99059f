import type { Json } from '../document.ts';

/**
 * Returns the contract in OpenAPI 3.0, in a form that generators of clients accept:
 *
 * - Each operation is one object with all of its properties. Many generators refuse an inline member of `allOf`.
 * - Decimals are numbers. From a choice between number and string, some generators make an empty struct or class.
 * - No property has two spellings. In languages that change the case, both would get the same name.
 * - Strings have no patterns. Generators anchor or escape them wrongly, so that their code refuses right answers.
 * - Each component is an object. `DateTime` and `Decimal` would collide with types of many languages.
 * - Objects are open without saying so. From `additionalProperties: true`, generators make a subclass of a map.
 * - A request returns the line items. Many generators drop a schema that no request uses.
 * - The token is a bearer token. Generators do not request tokens, and some send it once for each OAuth flow.
 */
export function toOpenApi30(contract: Json): Json {
  const { openapi: _, jsonSchemaDialect: __, info, paths, components, ...rest } = contract;
  const { summary, license, ...about } = info;
  const isObject = ([, { type, allOf, oneOf }]: [string, Json]) => type === 'object' || allOf || oneOf;
  const schemas: Json = Object.fromEntries(Object.entries<Json>(components.schemas).filter(isObject));
  const document = {
    openapi: '3.0.3',
    info: {
      ...about,
      description: `${summary}\n\n${info.description}`,
      license: { name: license.name, url: `https://spdx.org/licenses/${license.identifier}.html` },
    },
    ...rest,
    paths: { ...paths, '/{blobName}': { get: getBlob(components.examples.manifest.value) } },
    security: [{ graph: [] }],
    components: { ...components, schemas, securitySchemes: { graph: bearerToken(components.securitySchemes.graph) } },
  };
  // Top down: what a rewritten node contains is rewritten next.
  const rewritten = JSON.parse(JSON.stringify(document, (_key, node) => rewrite(node)));
  delete rewritten.components.schemas.OperationBase;
  return rewritten;

  function rewrite(node: Json): Json {
    if (typeof node !== 'object' || node === null || Array.isArray(node)) return node;
    const schema = node.allOf ? flatten(node) : inline(node);
    const { const: value, additionalProperties, pattern: _, properties, ...others } = schema;
    return {
      ...oneType(others),
      ...(value !== undefined && { enum: [value] }),
      ...(additionalProperties === false && { additionalProperties }),
      ...(properties && { properties: oneSpelling(properties) }),
    };
  }

  /** Replaces a reference to a component that is not an object. */
  function inline(node: Json): Json {
    const name = node.$ref?.match(/^#\/components\/schemas\/(.*)$/)?.[1];
    if (!name || schemas[name]) return node;
    const { $ref: ___, ...own } = node;
    const { description, ...target } = components.schemas[name];
    const descriptions = [own.description, description].filter(Boolean);
    return { ...target, ...own, description: descriptions.join('\n\n') };
  }

  /** Merges everything that a schema consists of. Only one of its alternatives occurs, so it requires none of them. */
  function flatten({ $ref, allOf = [], anyOf = [], ...own }: Json): Json {
    const named = $ref ? [components.schemas[$ref.split('/').at(-1)]] : [];
    const alternatives = anyOf.map(({ required: _, ...alternative }: Json) => alternative);
    const parts = [...named, ...allOf, ...alternatives].map(flatten);
    return {
      type: 'object',
      ...own,
      required: [...parts, own].flatMap(({ required = [] }) => required),
      properties: Object.assign({}, ...[...parts, own].map(({ properties }) => properties)),
    };
  }
}

function oneType({ type, ...schema }: Json): Json {
  if (!Array.isArray(type)) return { ...(type && { type }), ...schema };
  return type.includes('null') ? { type: type[0], nullable: true, ...schema } : { type: 'number', ...schema };
}

/** Keeps the first of the names that differ only in case. */
function oneSpelling(properties: Json): Json {
  const names = new Map(
    Object.keys(properties)
      .reverse()
      .map((name) => [name.toLowerCase(), name]),
  );
  return Object.fromEntries(Object.entries(properties).filter(([name]) => names.get(name.toLowerCase()) === name));
}

function bearerToken({ description }: Json): Json {
  return { type: 'http', scheme: 'bearer', description };
}

/** Returns the request for a blob, which the contract describes in words only, as it does not go to Microsoft Graph. */
function getBlob({ rootDirectory, blobs }: Json): Json {
  return {
    operationId: 'getBlob',
    tags: ['Unbilled usage'],
    summary: 'Read the line items of a blob',
    description: `Goes to the storage, without the Graph token: the URL is \`rootDirectory\`, \`/\`, \`blobName\`, \`?\`, \`sasToken\`.
The body is gzip of JSON Lines, each line a \`UsageLineItem\`. Generated code neither adds the SAS nor decompresses: send
this request yourself, and use the generated type for each line.`,
    servers: [{ url: '{rootDirectory}', variables: { rootDirectory: { default: rootDirectory } } }],
    security: [],
    parameters: [
      {
        name: 'blobName',
        in: 'path',
        required: true,
        description: 'The `name` of a blob in the manifest.',
        schema: { type: 'string', minLength: 1 },
        example: blobs[0].name,
      },
    ],
    responses: {
      200: {
        description: 'The blob.',
        content: {
          'application/jsonl': { schema: { type: 'array', items: { $ref: '#/components/schemas/UsageLineItem' } } },
        },
      },
      403: { description: 'The SAS is wrong or has expired. Request the operation again to get a new one.' },
      404: { description: 'There is no such blob.' },
    },
  };
}
