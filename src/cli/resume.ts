import { resolve } from 'node:path';
import { readState } from '../node/export-directory.ts';
import { DirectoryError } from '../node/index.ts';
import { parse, transferFlags } from './arguments.ts';
import { connect } from './connect.ts';
import { download, finish } from './download.ts';
import { createProgress } from './progress.ts';
import { completeDownload } from './stored-export.ts';
import { transferOptions } from './transfer-options.ts';
import { prepare } from './write-format.ts';

/** `unbilled-usage resume` */
export async function run(args: string[], signal: AbortSignal): Promise<void> {
  const { values, positionals } = parse(args, transferFlags, ['DIR']);
  const [directory = ''] = positionals;
  const options = transferOptions(values);
  const state = await readState(directory);
  const { handle } = state;
  if (!handle) throw new DirectoryError(directory, 'does not say which export it holds');
  await prepare(options.format);
  const progress = createProgress(values.quiet ?? false);
  const run = { directory, flags: values, options, progress, signal };
  const complete = await completeDownload(resolve(directory), state);
  // Nothing is left to ask for, of an operation that may have expired by now.
  if (complete) return finish(handle, complete, run);
  await download(await connect(values), handle, run);
}
