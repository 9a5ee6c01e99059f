import { once } from 'node:events';
import { readText } from '../../node/stored-file.ts';
import { parse } from './arguments.ts';
import { readFiles } from './stored.ts';

/** `unbilled-usage lines` */
export async function run(args: string[], signal: AbortSignal): Promise<void> {
  const { positionals } = parse(args, {}, ['DIR']);
  await readFiles(positionals[0] ?? '', async (files) => {
    for await (const chunk of readText(files, signal)) {
      if (!process.stdout.write(chunk)) await once(process.stdout, 'drain', { signal });
    }
  });
}
