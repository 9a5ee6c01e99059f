import fc from 'fast-check';
import { at } from '../kit/document/document.ts';
import { escapePointer } from '../kit/document/pointer.ts';
import { problems } from '../kit/document/problems.ts';
import { character, keyCharacter } from './character.ts';

type Members = Record<string, unknown>;

/** Generates any JSON value. */
export const anything = fc.jsonValue({ maxDepth: 3, stringUnit: keyCharacter });

/**
 * Generates any value that the schema at a JSON pointer of the contract allows. Where the schema is open, the value may
 * have unknown properties and values.
 */
export function allowedBy(pointer: string): fc.Arbitrary<unknown> {
  return arbitraryOf(pointer).filter((value) => problems(pointer, value).length === 0);
}

function arbitraryOf(start: string): fc.Arbitrary<unknown> {
  const { pointer, node } = at(start);
  const each = (keyword: string): fc.Arbitrary<unknown>[] =>
    node[keyword].map((_: unknown, i: number) => arbitraryOf(`${pointer}/${keyword}/${i}`));
  if (node.const !== undefined) return fc.constant(node.const);
  if (node.enum) return fc.constantFrom(...node.enum);
  if (node.oneOf) return fc.oneof(...each('oneOf'));
  if (node.anyOf) return fc.oneof(...each('anyOf'), merge(each('anyOf')));
  if (node.allOf) return merge(each('allOf'));
  return fc.oneof(...[node.type].flat().map((type) => ofType(type, pointer)));
}

function merge(parts: fc.Arbitrary<unknown>[]): fc.Arbitrary<unknown> {
  return fc.tuple(...parts).map((values) => Object.assign({}, ...(values as Members[])));
}

function ofType(type: string | undefined, pointer: string): fc.Arbitrary<unknown> {
  const { node } = at(pointer);
  switch (type) {
    case 'object': {
      const names = Object.keys(node.properties ?? {});
      const known = names.map((name) => [name, arbitraryOf(`${pointer}/properties/${escapePointer(name)}`)]);
      const open = fc.dictionary(fc.string({ unit: keyCharacter, maxLength: 8 }), anything, { maxKeys: 2 });
      const members = fc.record(Object.fromEntries(known), { requiredKeys: node.required ?? [] });
      return fc.tuple(open, members).map(([others, named]) => ({ ...others, ...named }));
    }
    case 'array':
      return fc.array(arbitraryOf(`${pointer}/items`), { maxLength: 3 });
    case 'string':
      return string(node);
    case 'integer':
      return fc.integer({ min: node.minimum ?? -1_000, max: 1_000 });
    case 'number':
      return fc.double({ noNaN: true, noDefaultInfinity: true });
    case 'null':
      return fc.constant(null);
    default:
      return anything;
  }
}

function string({ format, pattern, minLength = 0 }: { format?: string; pattern?: string; minLength?: number }) {
  if (format === 'uri') return fc.webUrl();
  if (!pattern) return fc.string({ minLength, maxLength: 12, unit: character });
  const matching = fc.stringMatching(new RegExp(pattern));
  if (format !== 'uri-reference') return matching;
  // The pattern only describes the end. It may follow the address of a service.
  const before = fc.constantFrom('', 'https://graph.microsoft.com/v1.0', 'https://elsewhere.example');
  return fc.tuple(before, matching).map(([base, end]) => base + encodeURI(end));
}
