import { once } from 'node:events';
import { readText } from '../../node/internals.ts';
import type { Context } from '../context.ts';
import { readFiles } from './stored.ts';

export const about =
  'Writes the line items to stdout as stored: one JSON object per line, in the order of the manifest, with every digit.';

export const operands = ['DIR'];

export const flags = {};

export async function run(_values: object, { stdout, signal }: Context, directory: string): Promise<void> {
  await readFiles(directory, async (files) => {
    for await (const chunk of readText(files, signal)) {
      if (!stdout.write(chunk)) await once(stdout, 'drain', { signal });
    }
  });
}
