import { parse } from 'yaml';
import type { Json } from '../../../spec/document.ts';
import { resolve } from '../../kit/document/pointer.ts';

export type Node = Json;

/** An OpenAPI description, which need not be parsed completely. */
export interface Description {
  servers: string[];
  templates: string[];
  /** Returns the path item of one of the templates. */
  path(template: string): Node;
  /** Returns the target of a `$ref`. */
  resolve(ref: string): Node;
}

export class UnreadableDescription extends Error {}

/** Reads a description in JSON, or in block-style YAML with two spaces per level, as the vendor writes it. */
export function readDescription(text: string): Description {
  try {
    if (text.trimStart().startsWith('{')) return describe(JSON.parse(text));
    const top = blocks(text, 0);
    const paths = blocks(top.get('paths') ?? '', 2);
    const kinds = new Map([...blocks(top.get('components') ?? '', 2)].map(([kind, block]) => [kind, blocks(block, 4)]));
    return describe({
      openapi: parse(top.get('openapi') ?? ''),
      servers: parse(top.get('servers') ?? ''),
      paths: lazily(paths),
      components: Object.fromEntries([...kinds].map(([kind, components]) => [kind, lazily(components)])),
    });
  } catch (error) {
    if (error instanceof UnreadableDescription) throw error;
    throw new UnreadableDescription(`neither YAML nor JSON: ${(error as Error).message.split('\n', 1)[0]}`);
  }
}

/** Creates a description from a parsed document. */
export function describe(document: Node): Description {
  if (!/^3\./.test(`${document?.openapi}`) || !document.paths) throw new UnreadableDescription('not an OpenAPI 3 file');
  return {
    servers: (document.servers ?? []).map(({ url }: { url: string }) => url.replace(/\/$/, '')),
    templates: Object.keys(document.paths),
    path: (template) => document.paths[template],
    resolve: (ref) => {
      const node = resolve(document, ref);
      if (node === undefined) throw new UnreadableDescription(`${ref} leads nowhere`);
      return node;
    },
  };
}

/**
 * Returns the keys at an indentation with their texts. The vendor's file has about a million lines, of which a few
 * hundred matter. Parsing all 33 MB took 25 s and 1.5 GB; finding the keys by their indentation takes less than a
 * second.
 */
function blocks(text: string, indentation: number): Map<string, string> {
  const blocksByKey = new Map<string, string>();
  const keys = [...text.matchAll(new RegExp(`^ {${indentation}}(?![ #-])(.+?):(?=\\s|$)`, 'gm'))];
  for (const [i, match] of keys.entries()) {
    const key = match[1] ?? '';
    const name = /^['"]/.test(key) ? String(parse(key)) : key;
    blocksByKey.set(name, text.slice(match.index + match[0].length, keys[i + 1]?.index));
  }
  return blocksByKey;
}

/** Returns an object whose values are parsed on first access. */
function lazily(texts: Map<string, string>): Node {
  const parsed = new Map<string, Node>();
  return new Proxy(Object.fromEntries(texts), {
    get(_, name) {
      const text = typeof name === 'string' ? texts.get(name) : undefined;
      if (text === undefined) return undefined;
      if (!parsed.has(name as string)) parsed.set(name as string, parse(text));
      return parsed.get(name as string);
    },
  });
}
