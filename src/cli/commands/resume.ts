import { DirectoryError } from '../../node/index.ts';
import { ExportDirectory, readState } from '../../node/internals.ts';
import type { Context } from '../context.ts';
import { withProgress } from '../screen/progress.ts';
import { prepare } from '../tables/write-format.ts';
import { connect } from './connect.ts';
import { advising, complete, download } from './download.ts';
import { type TransferValues, transferFlags } from './flags.ts';
import { orStart } from './next-step.ts';

export const about =
  'Continues the export of a directory where it stopped. Finished files are not fetched again unless they were changed or damaged.';

export const operands = ['DIR'];

export const flags = transferFlags;

export async function run(values: TransferValues, context: Context, directory: string): Promise<void> {
  // Opening the directory would create it.
  await readState(directory).catch((error) => orStart(directory, error));
  await prepare(values.format);
  await ExportDirectory.use(directory, false, async (folder) => {
    const { handle } = folder;
    if (!handle) throw new DirectoryError(directory, 'does not say which export it contains');
    await withProgress(values, context, async (progress) => {
      const scope = 'in the currency and period of this export';
      const run = { folder, directory, flags: values, leftMs: values.timeout, scope, progress, context };
      const before = await folder.holdings();
      await advising(handle, run, async () => {
        // A complete download needs no request, and its operation may have expired.
        if (before.isComplete && !values.restart) await complete(handle, run, before.files);
        else await download(await connect(values, context, progress.note), handle, run, before);
      });
    });
  });
}
