import { downloadExport } from '../../src/node/index.ts';
import { type StoredItem, toBlob } from '../kit/mock/partner-month.ts';
import { newDirectory } from './command.ts';
import { clientOf, handle, scripted, succeeded } from './play.ts';
import { storeExport } from './storage.ts';

/** Downloads line items from one blob, `part`, and returns the directory. */
export async function downloadItems(...items: StoredItem[]): Promise<string> {
  const { manifest } = await storeExport({ part: toBlob(items) });
  const directory = await newDirectory();
  await downloadExport(clientOf(await scripted(succeeded(manifest()))), handle, { directory });
  return directory;
}
