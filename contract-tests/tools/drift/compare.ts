import { compareSchemas } from './compare-schemas.ts';
import type { Description, Node } from './description.ts';
import { Findings } from './findings.ts';
import { deprecationOf } from './shape.ts';

const methods = ['get', 'put', 'post', 'delete', 'patch'];

/** Removes the names that differ: the vendor writes `{operation-id}`, and adds a namespace to actions. */
function anonymous(template: string): string {
  return template.replace(/\{[^}]*\}/g, '{}').replace(/\/(?:\w+\.)+(\w+)$/, '/$1');
}

/** Returns the differences in the vendor's description of our operations that matter to a client. */
export function compare(ours: Description, vendor: Description): Findings {
  const findings = new Findings();
  const report = (kind: string, place: string) => findings.report(kind, place);

  for (const url of vendor.servers) if (!ours.servers.includes(url)) report('server new', url);
  for (const template of ours.templates) {
    const name = vendor.templates.find((candidate) => anonymous(candidate) === anonymous(template));
    if (name === undefined) {
      report('path gone', template);
      continue;
    }
    const item = vendor.path(name);
    for (const [method, operation] of Object.entries<Node>(ours.path(template))) {
      if (!methods.includes(method)) continue;
      const where = `${method.toUpperCase()} ${template}`;
      if (item[method]) compareOperations(operation, item[method], item, where);
      else report('method gone', where);
    }
  }
  return findings;

  function compareOperations(our: Node, their: Node, theirPath: Node, where: string): void {
    const deprecation = deprecationOf(their);
    if (deprecation) report(`deprecated, ${deprecation}`, where);

    const known = new Set((our.parameters ?? []).map((each: Node) => follow(ours, each).name));
    for (const each of [...(theirPath.parameters ?? []), ...(their.parameters ?? [])]) {
      const parameter = follow(vendor, each);
      if (!parameter) report('reference leads nowhere', each.$ref);
      else if (parameter.in !== 'path' && parameter.required && !known.has(parameter.name)) {
        report('required parameter new', `${where} ${parameter.name} (${parameter.in})`);
      }
    }

    compareBodies(our.requestBody, their.requestBody, 'request', where);
    compareResponses(our.responses, their.responses, where);
  }

  /** Compares responses. The vendor may describe a code by itself, by its range (`4XX`), or an error by `default`. */
  function compareResponses(our: Node, their: Node, where: string): void {
    const nameFor = (code: string) =>
      [code, `${code[0]}XX`, Number(code) < 400 ? '' : 'default'].find((name) => their[name]);
    for (const code of Object.keys(our)) {
      const name = nameFor(code);
      if (name) compareBodies(our[code], their[name], 'response', `${where} ${code}`);
      else report('response gone', `${where} ${code}`);
    }
    for (const code of Object.keys(their)) {
      const isKnown = code === 'default' || Object.keys(our).some((each) => each === code || `${each[0]}XX` === code);
      if (!isKnown) report('response new', `${where} ${code}`);
    }
  }

  function compareBodies(our: Node, their: Node, direction: 'request' | 'response', where: string): void {
    findings.lookAt(where);
    const ourContent = our && follow(ours, our).content;
    const theirBody = their && follow(vendor, their);
    if (their && !theirBody) {
      report('reference leads nowhere', their.$ref);
      return;
    }
    const theirContent = theirBody?.content;
    if (!ourContent !== !theirContent) report(`${direction} body ${theirContent ? 'new' : 'gone'}`, where);
    if (!ourContent || !theirContent) return;
    for (const type of Object.keys(ourContent)) {
      if (!theirContent[type]) {
        report(`${direction} media type gone`, `${where} ${type}`);
        continue;
      }
      compareSchemas(
        { description: ours, schema: ourContent[type].schema, name: direction },
        { description: vendor, schema: theirContent[type].schema, name: direction },
        direction,
        findings,
      );
    }
  }
}

function follow(description: Description, node: Node | undefined): Node | undefined {
  return node?.$ref ? follow(description, description.resolve(node.$ref)) : node;
}
