import { join } from 'node:path';
import {
  BlobError,
  ExportFailedError,
  type ExportHandle,
  type UnbilledUsageClient,
  WaitTimeoutError,
} from '../../index.ts';
import { downloadInto, type ExportDirectory, excerpt, resultOf, type StoredFile } from '../../node/internals.ts';
import type { Context } from '../context.ts';
import { CommandError } from '../errors.ts';
import { count } from '../screen/count.ts';
import { print, printJson } from '../screen/print.ts';
import type { ProgressView } from '../screen/progress-view.ts';
import { type Table, writeFormat } from '../tables/write-format.ts';
import { seconds } from './connect.ts';
import type { TransferValues } from './flags.ts';
import { adviceAfter, advised } from './next-step.ts';

interface Conversion {
  /** Locked until the run ends. */
  folder: ExportDirectory;
  /** As the user wrote it, for the command that resumes. */
  directory: string;
  flags: Pick<TransferValues, 'format' | 'json' | 'quiet'>;
  table?: Table;
  progress: ProgressView;
  context: Context;
}

export interface Run extends Conversion {
  flags: TransferValues;
  /** The part of `--timeout` that is left, in ms. */
  leftMs: number;
  /** The usage that the export asked for, such as "in EUR for the current period". */
  scope: string;
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
  const { folder, flags, progress, leftMs, scope } = run;
  const { signal } = run.context;
  progress.begin({ blobs: before.files.length, bytes: before.bytes });
  const files = await downloadInto(folder, client, handle, {
    concurrency: flags.concurrency,
    restart: flags.restart,
    timeoutMs: leftMs,
    signal,
    onPoll: (status) => {
      if (status.state === 'succeeded') progress.say('downloading');
      if (status.state !== 'running') return;
      const { retryAfterMs = 0, operation } = status;
      progress.say(operation.status + (retryAfterMs > LONG ? `; polling again in ${seconds(retryAfterMs)}` : ''));
    },
    onProgress: (current) => progress.update(current),
  }).catch((error) => {
    if (error instanceof WaitTimeoutError) throw stillRunning(error, flags.timeout);
    throw error instanceof ExportFailedError && error.noData ? noUsage(error, scope) : error;
  });
  signal.throwIfAborted();
  await complete(handle, run, files);
}

function stillRunning(error: WaitTimeoutError, timeoutMs: number): CommandError {
  const { handle, lastStatus, cause } = error;
  const limit = `${seconds(timeoutMs)} (--timeout)`;
  const why = cause instanceof Error ? ` ${cause.message}` : '';
  const message = lastStatus
    ? `Export ${handle.operationId} is still ${excerpt(lastStatus.operation.status)} after ${limit}.`
    : `The service did not say within ${limit} how far export ${handle.operationId} is.${why}`;
  return new CommandError(error.name, 4, message);
}

function noUsage(error: ExportFailedError, scope: string): CommandError {
  const which = `export ${error.handle.operationId}, code ${error.graphCode}`;
  const advice = "Check --currency: it must be the partner's billing currency.";
  return new CommandError(error.name, 3, `There is no usage ${scope} (${which}). ${advice}`);
}

/** Writes the format of a complete download with these files, and prints the result. */
export async function complete(
  handle: ExportHandle | undefined,
  run: Conversion,
  files: readonly StoredFile[],
): Promise<void> {
  const { folder, directory, flags, progress, context } = run;
  const output = await write(run, files);
  progress.end();
  const result = resultOf(folder.directory, files);
  const outputField = output === undefined ? {} : { output: folder.path(output) };
  if (flags.json) {
    printJson(
      { operationId: handle?.operationId, format: flags.format, ...outputField, blobs: files.length, ...result },
      context.stdout,
    );
  } else if (!flags.quiet) {
    const lineItems = count(result.lineItems, 'line item');
    const stored = [lineItems, count(files.length, 'blob'), count(result.bytes, 'byte')].join(', ');
    print(`${output === undefined ? stored : lineItems} in ${join(directory, output ?? '')}`, context.stdout);
  }
}

async function write({ folder, flags, table, progress, context }: Conversion, files: readonly StoredFile[]) {
  const { format } = flags;
  if (format === 'raw') return undefined;
  const name = `export.${format}`;
  progress.say(`writing ${name}`);
  try {
    await writeFormat(format, folder, name, files, context.signal, table);
  } catch (error) {
    if (error instanceof BlobError) await folder.distrust(error.blobName);
    throw error;
  }
  return name;
}

/** Runs `work`. After an error, adds what to do next, such as the command that resumes. */
export async function advising(
  { location }: ExportHandle,
  { folder, directory, flags, context }: Run,
  work: () => Promise<void>,
): Promise<void> {
  try {
    await work();
  } catch (error) {
    const restart = flags.restart && !folder.isCleared;
    throw advised(error, adviceAfter(error, directory, { ...flags, restart }, location, context.env));
  }
}
