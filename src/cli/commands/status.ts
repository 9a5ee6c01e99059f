import { stat } from 'node:fs/promises';
import { type ExportHandle, type ExportStatus, InvalidRequestError } from '../../index.ts';
import { DirectoryError } from '../../node/index.ts';
import { excerpt, readState, resultOf, storedFiles } from '../../node/internals.ts';
import type { Context } from '../context.ts';
import { UsageError } from '../errors.ts';
import { plain, print, printJson } from '../screen/print.ts';
import type { Flags, Values } from './command.ts';
import { connect } from './connect.ts';
import { type ConnectionValues, connectionFlags } from './flags.ts';
import { adviceOnService, advised, orStart, resumeCommand, startedElsewhere } from './next-step.ts';

type Facts = Record<string, string | number | undefined>;

export const about =
  'Shows the progress of an export. If DIR does not exist, the argument is treated as an operation ID or URL. Asks the service unless the download has begun.';

export const operands = ['DIR|OPERATION'];

export const flags = {
  ...connectionFlags,
  json: { help: 'one JSON object on stdout' },
} as const satisfies Flags;

export async function run(values: Values<typeof flags>, context: Context, argument: string): Promise<void> {
  const isDirectory = await stat(argument).then(
    (stats) => stats.isDirectory(),
    () => false,
  );
  const facts = isDirectory ? await statusOf(argument, values, context) : await ask(argument, values, context);
  if (values.json) printJson(facts, context.stdout);
  else for (const line of sheet(facts)) print(line, context.stdout);
}

async function statusOf(directory: string, flags: ConnectionValues, context: Context): Promise<Facts> {
  const state = await readState(directory).catch((error) => orStart(directory, error));
  const { handle, manifest } = state;
  const resume = resumeCommand(directory, flags, handle?.location);
  if (!manifest) {
    if (!handle) throw new DirectoryError(directory, 'does not say which export it contains');
    const facts = await ask(handle, flags, context);
    return facts.state === 'failed' ? facts : { ...facts, resume };
  }
  const done = await storedFiles(directory, state);
  const { bytes, lineItems } = resultOf(directory, done);
  const complete = done.length === manifest.blobs.length;
  return {
    operationId: handle?.operationId,
    state: complete ? 'downloaded' : 'downloading',
    blobs: done.length,
    blobCount: manifest.blobs.length,
    bytes,
    lineItems,
    ...(!complete && { resume }),
  };
}

/** Asks the service. Leaves out the manifest, because it contains the SAS. */
async function ask(handle: ExportHandle | string, flags: ConnectionValues, context: Context): Promise<Facts> {
  const result = await poll(handle, flags, context);
  const { id, status, createdDateTime, lastActionDateTime } = result.operation;
  return {
    operationId: typeof handle === 'string' ? id : handle.operationId,
    state: result.state,
    status,
    createdDateTime,
    lastActionDateTime,
    ...(result.state === 'succeeded' && { blobCount: result.manifest.blobs.length }),
    ...(result.state === 'failed' && { errorCode: result.error.code, errorMessage: result.error.message }),
  };
}

async function poll(handle: ExportHandle | string, flags: ConnectionValues, context: Context): Promise<ExportStatus> {
  const client = await connect(flags, context, (line) => print(line, context.stderr));
  try {
    return await client.getExport(handle, { signal: context.signal });
  } catch (error) {
    context.signal.throwIfAborted();
    if (typeof handle === 'string' && error instanceof InvalidRequestError) {
      throw new UsageError(`"${excerpt(handle)}" is not a directory, and not the ID or URL of an operation.`);
    }
    const elsewhere = startedElsewhere(error, flags, typeof handle === 'string' ? handle : handle.location);
    const advice = elsewhere ? [elsewhere] : adviceOnService(error, flags, context.env);
    throw advised(error, [...(typeof handle === 'string' ? adviceOnId(handle) : []), ...advice]);
  }
}

/** An ID can be any word, so a misspelt directory looks like one. */
function adviceOnId(id: string): string[] {
  const isClear = /^(https?:|[\da-f]{8}-[\da-f-]{27}$)/i.test(id);
  return isClear ? [] : [`There is no directory "${excerpt(id)}", so it was used as the ID of an operation.`];
}

const labels: Record<string, string> = {
  operationId: 'operation',
  createdDateTime: 'created',
  lastActionDateTime: 'last action',
  lineItems: 'line items',
  errorCode: 'error code',
  errorMessage: 'error',
};

function sheet({ blobs, blobCount, ...facts }: Facts): string[] {
  const { bytes, lineItems, resume, ...head } = facts;
  const done = blobs === undefined ? blobCount : `${blobs} of ${blobCount}`;
  return Object.entries({ ...head, blobs: done, bytes, lineItems, resume }).flatMap(([name, value]) => {
    if (value === undefined) return [];
    const text = typeof value === 'number' ? value.toLocaleString('en') : plain(value);
    return [`${(labels[name] ?? name).padEnd(13)}${text}`];
  });
}
