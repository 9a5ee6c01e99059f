import { type Json, readDocument } from '../spec/document.ts';

/** Returns an OpenAPI document as one page of Markdown: the operations with their examples, then the schemas. */
export function httpReference(file: string | URL): string {
  const document = readDocument(file);
  const resolve = (node: Json): Json =>
    node?.$ref ? nameOf(node.$ref).reduce((parent, key) => parent[key], document) : node;
  const { info, servers, paths, components } = document;

  const operations = Object.entries<Json>(paths).flatMap(([path, methods]) =>
    Object.entries<Json>(methods).map(([method, operation]) => operationPage(method, path, operation)),
  );
  const schemas = Object.entries<Json>(components.schemas).map(([name, schema]) => schemaPage(name, schema));
  return [
    `---\npageClass: reference\n---\n\n# HTTP reference\n\n${info.description}`,
    table(
      ['base URL', ''],
      servers.map(({ url, description }: Json) => [code(url), description]),
    ),
    Object.values<Json>(components.securitySchemes)[0]?.description,
    ...operations,
    '## Schemas',
    ...schemas,
  ]
    .join('\n\n')
    .replaceAll(/\n{3,}/g, '\n\n');

  function operationPage(method: string, path: string, operation: Json): string {
    const parameters = (operation.parameters ?? []).map(resolve);
    const responses = Object.entries<Json>(operation.responses).map(([status, response]) => [
      status,
      resolve(response),
    ]);
    const body = resolve(operation.requestBody);
    return [
      `## ${operation.summary}\n\n\`\`\`http\n${method.toUpperCase()} ${path}\n\`\`\`\n\n${operation.description}`,
      table(
        ['parameter', 'in', ''],
        parameters.map(({ name, in: place, description }: Json) => [code(name), place, description]),
      ),
      body && `**Request body:** ${typeOf(mediaOf(body)?.schema)}`,
      ...examplesOf(mediaOf(body), ''),
      table(
        ['status', 'body', 'headers', ''],
        responses.map(([status, response]) => [
          status,
          typeOf(mediaOf(response)?.schema),
          Object.keys(response.headers ?? {})
            .map(code)
            .join(', '),
          response.description,
        ]),
      ),
      ...responses.flatMap(([status, response]) => examplesOf(mediaOf(response), `${status}: `)),
    ].join('\n\n');
  }

  function examplesOf(media: Json, prefix: string): string[] {
    return Object.entries<Json>(media?.examples ?? {}).map(([name, example]) => {
      const { value, summary } = resolve(example);
      const json = JSON.stringify(value, null, 2);
      return `::: details ${prefix}${name}${summary ? ` – ${summary}` : ''}\n\`\`\`json\n${json}\n\`\`\`\n:::`;
    });
  }

  function schemaPage(name: string, schema: Json): string {
    const properties = propertiesOf(schema);
    const rest = properties.length > 0 ? table(['property', 'type', ''], properties) : `Type: ${typeOf(schema)}`;
    return `### ${name}\n\n${schema.description ?? ''}\n\n${rest}`;
  }

  /** Returns the properties of a schema, including those in its `allOf` and `anyOf`. */
  function propertiesOf(node: Json): string[][] {
    const schema = resolve(node);
    const own = Object.entries<Json>(schema.properties ?? {}).map(([name, property]) => {
      const required = schema.required?.includes(name) ? 'Required. ' : '';
      return [code(name), typeOf(property), `${required}${property.description ?? ''}`];
    });
    return [...own, ...[...(schema.allOf ?? []), ...(schema.anyOf ?? [])].flatMap(propertiesOf)];
  }
}

const mediaOf = (node: Json): Json => Object.values<Json>(node?.content ?? {})[0];
const nameOf = (ref: string): string[] => ref.replace(/^#\//, '').split('/');
const code = (text: unknown): string => `\`${text}\``;
const anchor = (ref: string): string => `[${nameOf(ref).at(-1)}](#${nameOf(ref).at(-1)?.toLowerCase()})`;

function typeOf(schema: Json): string {
  if (!schema) return '';
  if (schema.$ref) return anchor(schema.$ref);
  if ('const' in schema) return code(JSON.stringify(schema.const));
  if (schema.enum) return schema.enum.map((value: unknown) => code(JSON.stringify(value))).join(', ');
  const choice = schema.oneOf ?? schema.anyOf ?? schema.allOf;
  if (choice) return choice.map(typeOf).join(' or ');
  if (schema.type === 'array') return `list of ${typeOf(schema.items)}`;
  return [schema.type].flat().join(' or ') + (schema.format ? ` (${schema.format})` : '');
}

function table(columns: readonly string[], rows: readonly string[][]): string {
  if (rows.length === 0) return '';
  const line = (cells: readonly string[]) =>
    `| ${cells.map((cell) => (cell ?? '').trim().replaceAll('\n', ' ').replaceAll('|', '\\|')).join(' | ')} |`;
  return [line(columns), line(columns.map(() => '---')), ...rows.map(line)].join('\n');
}
