import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { type ExportState, readState } from '../node/export-directory.ts';

/** What a directory has before a run: that is no measure of how fast the run is. */
export interface Held {
  blobs: number;
  /** Finished and partial files together. */
  bytes: number;
}

/** Nothing, when there is no state yet. */
export async function held(directory: string): Promise<Held> {
  const state = await readState(directory).catch((): ExportState => ({ blobs: {} }));
  const sum: Held = { blobs: 0, bytes: 0 };
  for (const { name } of state.manifest?.blobs ?? []) {
    const done = state.blobs[name]?.done;
    const partial = await stat(join(directory, `${name}.partial`)).catch(() => undefined);
    sum.blobs += done ? 1 : 0;
    sum.bytes += done?.bytes ?? partial?.size ?? 0;
  }
  return sum;
}
