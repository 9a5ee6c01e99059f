import { join } from 'node:path';
import type { ExportHandle, UnbilledUsageClient } from '../../index.ts';
import { downloadInto, type ExportDirectory, isDamage, resultOf, type StoredFile } from '../../node/internals.ts';
import type { Context } from '../context.ts';
import { Resumable } from '../errors.ts';
import { print, printJson } from '../screen/print.ts';
import type { ProgressView } from '../screen/progress-view.ts';
import { writeFormat } from '../tables/write-format.ts';
import { seconds } from './connect.ts';
import type { TransferValues } from './flags.ts';
import { commandAfter } from './resume-command.ts';

export interface Run {
  /** Locked until the run ends. */
  folder: ExportDirectory;
  /** As the user wrote it, for the command that resumes. */
  directory: string;
  flags: TransferValues;
  progress: ProgressView;
  context: Context;
}

/** The shortest wait between polls to report, in ms. */
const LONG = 60_000;

/** Waits, downloads, writes the format and prints the result. `before` is the content of the directory. */
export async function download(
  client: UnbilledUsageClient,
  handle: ExportHandle,
  run: Run,
  before: { files: readonly StoredFile[]; bytes: number },
): Promise<void> {
  const { folder, flags, progress } = run;
  const { signal } = run.context;
  progress.begin({ blobs: before.files.length, bytes: before.bytes });
  const files = await downloadInto(folder, client, handle, {
    concurrency: flags.concurrency,
    restart: flags.restart,
    timeoutMs: flags.timeout,
    signal,
    onPoll: (status) => {
      if (status.state !== 'running') return progress.say('downloading');
      const { retryAfterMs = 0, operation } = status;
      progress.say(operation.status + (retryAfterMs > LONG ? `; polling again in ${seconds(retryAfterMs)}` : ''));
    },
    onProgress: (current) => progress.update(current),
  });
  signal.throwIfAborted();
  await complete(handle, run, files);
}

/** Writes the format of a complete download with these files, and prints the result. */
export async function complete(handle: ExportHandle, run: Run, files: readonly StoredFile[]): Promise<void> {
  const { folder, directory, flags, progress, context } = run;
  const output = await write(run, files);
  progress.end();
  const result = resultOf(folder.directory, files);
  const outputField = output === undefined ? {} : { output: folder.path(output) };
  if (flags.json) {
    printJson(
      { operationId: handle.operationId, format: flags.format, ...outputField, blobs: files.length, ...result },
      context.stdout,
    );
  } else if (!flags.quiet) {
    const [items, blobs, size] = [result.lineItems, files.length, result.bytes].map((n) => n.toLocaleString('en'));
    print(`${items} line items, ${blobs} blobs, ${size} bytes in ${join(directory, output ?? '')}`, context.stdout);
  }
}

async function write({ folder, flags: { format }, progress, context }: Run, files: readonly StoredFile[]) {
  if (format === 'raw') return undefined;
  const name = `export.${format}`;
  progress.say(`writing ${name}`);
  try {
    await writeFormat(format, folder, name, files, context.signal);
  } catch (error) {
    if (isDamage(error)) await folder.distrust(error.blobName);
    throw error;
  }
  return name;
}

/** Runs `work`. After an error, adds the command that resumes. */
export async function resumable({ folder, directory, flags }: Run, run: () => Promise<void>): Promise<void> {
  try {
    await run();
  } catch (error) {
    const restart = flags.restart && !folder.isCleared;
    const command = commandAfter(error, directory, { ...flags, restart });
    throw command === undefined ? error : new Resumable(error, command);
  }
}
