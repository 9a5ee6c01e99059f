import { parse } from 'yaml';
import type { Json } from '../../../spec/document.ts';
import { resolve } from '../../kit/document/pointer.ts';

export type Node = Json;

/** An OpenAPI description, which need not be parsed completely. */
export interface Description {
  servers: string[];
  templates: string[];
  /** The vendor's descriptions for its PowerShell SDK have none: only what all kinds of operations share. */
  hasSubclasses: boolean;
  /** Returns the path item of one of the templates. */
  path(template: string): Node;
  /** Returns the target of a `$ref`, or `undefined` if it leads nowhere. */
  resolve(ref: string): Node | undefined;
}

export class UnreadableDescription extends Error {}

/** Reads a description in JSON, or in block-style YAML, as the vendor writes it, with or without a byte order mark. */
export function readDescription(file: string): Description {
  const text = file.replace(/^\uFEFF/, '');
  const hasSubclasses = /(^|[{,])\s*['"]?discriminator['"]?\s*:/m.test(text);
  try {
    if (text.trimStart().startsWith('{')) return describe(JSON.parse(text), hasSubclasses);
    const top = blocks(text);
    const components = [...blocks(top.get('components') ?? '')].map(([kind, block]) => [kind, lazily(blocks(block))]);
    const document = {
      openapi: parse(top.get('openapi') ?? ''),
      servers: parse(top.get('servers') ?? ''),
      paths: lazily(blocks(top.get('paths') ?? '')),
      components: Object.fromEntries(components),
    };
    return describe(document, hasSubclasses);
  } catch (error) {
    if (error instanceof UnreadableDescription) throw error;
    throw new UnreadableDescription(`neither YAML nor JSON: ${(error as Error).message.split('\n', 1)[0]}`);
  }
}

/** Creates a description from a parsed document. */
export function describe(document: Node, hasSubclasses = true): Description {
  if (!/^3\./.test(`${document?.openapi}`) || !document.paths) throw new UnreadableDescription('not an OpenAPI 3 file');
  return {
    servers: (document.servers ?? []).map(({ url }: { url: string }) => url.replace(/\/$/, '')),
    templates: Object.keys(document.paths),
    hasSubclasses,
    path: (template) => document.paths[template],
    resolve: (ref) => resolve(document, ref),
  };
}

/**
 * Returns the keys of a mapping, which all have the indentation of the first one, with their texts. The vendor's file has about a million lines, of which a few
 * hundred matter. Parsing all 33 MB took 25 s and 1.5 GB; finding the keys by their indentation takes less than a
 * second.
 */
function blocks(text: string): Map<string, string> {
  const blocksByKey = new Map<string, string>();
  const [, indentation] = /^( *)[^\s#]/m.exec(text) ?? ['', ''];
  const keys = [...text.matchAll(new RegExp(`^${indentation}(?![ #-])(.+?):(?=\\s|$)`, 'gm'))];
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
