import { join } from 'node:path';
import type { ExportHandle, UnbilledUsageClient } from '../index.ts';
import { readState } from '../node/export-directory.ts';
import { type DownloadResult, downloadExport } from '../node/index.ts';
import { Resumable } from './failure.ts';
import { held } from './held.ts';
import type { ProgressView } from './progress.ts';
import { isResumable, resumeCommand } from './resume-command.ts';
import type { TransferFlags, TransferOptions } from './transfer-options.ts';
import { writeFormat } from './write-format.ts';

interface Run {
  /** As given, for the command that resumes. */
  directory: string;
  flags: TransferFlags;
  options: TransferOptions;
  progress: ProgressView;
  signal: AbortSignal;
}

/** What `export` and `resume` have in common: waits, downloads, writes the format and says what there is. */
export async function download(client: UnbilledUsageClient, handle: ExportHandle, run: Run): Promise<void> {
  const { directory, flags, options, progress, signal } = run;
  const { concurrency, timeoutMs } = options;
  try {
    progress.begin(await held(directory));
    const result = await downloadExport(client, handle, {
      directory,
      concurrency,
      timeoutMs,
      signal,
      onPoll: ({ operation, state }) => progress.say(state === 'running' ? operation.status : 'downloading'),
      onProgress: (reached) => progress.update(reached),
    });
    signal.throwIfAborted();
    await finish(handle, result, run);
  } catch (error) {
    progress.end();
    const noted = await readState(directory).catch(() => undefined);
    const again = isResumable(error) && noted?.handle?.operationId === handle.operationId;
    throw again ? new Resumable(error, resumeCommand(directory, flags)) : error;
  }
}

/** What is left to do with a complete download. */
export async function finish(handle: ExportHandle, result: DownloadResult, run: Run): Promise<void> {
  const { directory, flags, options, progress, signal } = run;
  if (options.format !== 'raw') progress.say(`writing export.${options.format}`);
  const output = await writeFormat(options.format, result.directory, signal);
  progress.end();
  tell(handle, result, directory, flags, output);
}

function tell(
  { operationId }: ExportHandle,
  { directory, files, bytes, lineItems }: DownloadResult,
  given: string,
  { json, quiet, format = 'raw' }: TransferFlags,
  output: string | undefined,
): void {
  if (json) {
    const written = output === undefined ? {} : { output: join(directory, output) };
    const result = { operationId, directory, format, ...written, blobs: files.length, bytes, lineItems, files };
    console.log(JSON.stringify(result));
  } else if (!quiet) {
    const [items, blobs, size] = [lineItems, files.length, bytes].map((n) => n.toLocaleString('en'));
    console.log(`${items} line items, ${blobs} blobs, ${size} bytes in ${join(given, output ?? '')}`);
  }
}
