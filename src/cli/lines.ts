import { once } from 'node:events';
import { parse } from './arguments.ts';
import { storedBlobs, storedText } from './stored-export.ts';

/** `unbilled-usage lines` */
export async function run(args: string[], signal: AbortSignal): Promise<void> {
  const { positionals } = parse(args, {}, ['DIR']);
  const blobs = await storedBlobs(positionals[0] ?? '');
  for await (const chunk of storedText(blobs, signal)) {
    if (!process.stdout.write(chunk)) await once(process.stdout, 'drain', { signal });
  }
}
