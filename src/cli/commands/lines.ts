import { once } from 'node:events';
import { readText } from '../../node/internals.ts';
import type { Context } from '../context.ts';
import { escaped } from '../screen/print.ts';
import { readFiles } from './stored.ts';

export const about =
  'Writes the line items to stdout as stored: one JSON object per line, in the order of the manifest, with every digit.';

export const operands = ['DIR'];

export const flags = {};

export async function run(_values: object, { stdout, signal }: Context, directory: string): Promise<void> {
  await readFiles(directory, async (files) => {
    const decoder = new TextDecoder();
    for await (const chunk of readText(files, signal)) {
      const text = stdout.isTTY ? escaped(decoder.decode(chunk, { stream: true })) : chunk;
      if (!stdout.write(text)) await once(stdout, 'drain', { signal });
    }
  });
}
