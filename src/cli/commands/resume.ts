import { ExportDirectory } from '../../node/export-directory.ts';
import { readState } from '../../node/export-state.ts';
import { DirectoryError } from '../../node/index.ts';
import { withProgress } from '../screen/progress.ts';
import { prepare } from '../tables/write-format.ts';
import { parse, transferFlags } from './arguments.ts';
import { connect } from './connect.ts';
import { complete, download, resumable } from './download.ts';
import { transferOptions } from './transfer-options.ts';

/** `unbilled-usage resume` */
export async function run(args: string[], signal: AbortSignal): Promise<void> {
  const { values, positionals } = parse(args, transferFlags, ['DIR']);
  const [directory = ''] = positionals;
  const options = transferOptions(values);
  await readState(directory); // Fails before a directory is made that does not exist.
  await prepare(options.format);
  const folder = await ExportDirectory.open(directory, false);
  try {
    const { handle } = folder;
    if (!handle) throw new DirectoryError(directory, 'does not say which export it holds');
    await withProgress(values.quiet, async (progress) => {
      const run = { folder, directory, flags: values, options, progress, signal };
      const { isComplete } = await folder.holdings();
      await resumable(run, async () => {
        // Of a complete download, nothing is left to ask for, and the operation may have expired by now.
        if (isComplete && !values.restart) await complete(handle, run);
        else await download(await connect(values, progress.say), handle, run);
      });
    });
  } finally {
    await folder.close();
  }
}
