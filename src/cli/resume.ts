import { readState } from '../node/export-directory.ts';
import { DirectoryError } from '../node/index.ts';
import { parse, transferFlags } from './arguments.ts';
import { connect } from './connect.ts';
import { download } from './download.ts';
import { createProgress } from './progress.ts';
import { transferOptions } from './transfer-options.ts';
import { prepare } from './write-format.ts';

/** `unbilled-usage resume` */
export async function run(args: string[], signal: AbortSignal): Promise<void> {
  const { values, positionals } = parse(args, transferFlags, ['DIR']);
  const [directory = ''] = positionals;
  const options = transferOptions(values);
  const { handle } = await readState(directory);
  if (!handle) throw new DirectoryError(directory, 'does not say which export it holds');
  const client = await connect(values);
  await prepare(options.format);
  const progress = createProgress(values.quiet ?? false);
  await download(client, handle, { directory, flags: values, options, progress, signal });
}
