import { type LineItemsOptions, parserOf } from '../line-items.ts';
import type { Decimals, UsageLineItem } from '../usage-line-item.ts';
import { DirectoryError } from './directory-error.ts';
import { type ExportState, readState } from './export-state.ts';
import { readItems, type StoredFile, storedFiles } from './stored-file.ts';

/**
 * Reads the line items of a complete download, in the order of the manifest, without the service. `numbers: 'string'`
 * returns each number as it was written.
 *
 * @throws A {@link DirectoryError} if the download is incomplete, `BlobError` if a file has changed since it was verified,
 * `LineItemError`, or the signal's reason
 * @example
 * for await (const item of readDownload('september', { numbers: 'string' })) console.log(item.BillingPreTaxTotal);
 */
export async function* readDownload<N extends 'number' | 'string' = 'number'>(
  directory: string,
  { numbers, signal = new AbortController().signal }: Pick<LineItemsOptions<N>, 'numbers' | 'signal'> = {},
): AsyncGenerator<UsageLineItem<Decimals[N]>> {
  const parse = parserOf(numbers);
  for (const file of await completeFiles(directory, await readState(directory))) {
    for await (const batch of readItems(file, parse, signal)) {
      for (const [item] of batch) {
        signal.throwIfAborted();
        yield item;
      }
    }
  }
}

/**
 * Returns the files of a complete download, in the order of the manifest.
 *
 * @throws A {@link DirectoryError} if it is incomplete @internal
 */
export async function completeFiles(directory: string, state: ExportState): Promise<StoredFile[]> {
  const files = await storedFiles(directory, state);
  const all = state.manifest?.blobs.length;
  if (files.length === all) return files;
  if (state.failed) throw new DirectoryError(directory, 'contains an export that failed');
  if (all === undefined) throw new DirectoryError(directory, 'has no blobs yet');
  throw new DirectoryError(directory, `has ${files.length} of ${all} ${all === 1 ? 'blob' : 'blobs'}`);
}
