import { once } from 'node:events';
import { readText } from '../../node/internals.ts';
import { readFiles } from './stored.ts';

export const about =
  "Writes the line items to stdout as they are stored: one JSON object a line, in the manifest's order, with every digit.";

export const operand = 'DIR';

export const flags = {};

export async function run(_values: object, directory: string, signal: AbortSignal): Promise<void> {
  await readFiles(directory, async (files) => {
    for await (const chunk of readText(files, signal)) {
      if (!process.stdout.write(chunk)) await once(process.stdout, 'drain', { signal });
    }
  });
}
