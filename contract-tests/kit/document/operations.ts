import { at, spec } from './document.ts';
import { escapePointer } from './pointer.ts';

/** Finds an operation of the contract by method and path. Returns `undefined` if the contract has none. */
export function findOperation(
  method: string,
  pathname: string,
): { pointer: string; pathParameters: Record<string, string> } | undefined {
  for (const template of Object.keys(spec.paths)) {
    const pattern = new RegExp(`${template.replace(/\{(\w+)\}/g, '(?<$1>[^/]+)')}$`);
    const match = pattern.exec(pathname);
    const pointer = `/paths/${escapePointer(template)}/${method.toLowerCase()}`;
    if (match && at(pointer).node) return { pointer, pathParameters: { ...match.groups } };
  }
  return undefined;
}
