import { checkExportRequest } from '../../export-request.ts';
import type { ExportHandle, UnbilledUsageClient, UnbilledUsageExportRequest } from '../../index.ts';
import { ExportDirectory } from '../../node/export-directory.ts';
import { DeadlineError, UsageError } from '../errors.ts';
import { withProgress } from '../screen/progress.ts';
import { prepare } from '../tables/write-format.ts';
import { parse, transferFlags } from './arguments.ts';
import { connect } from './connect.ts';
import { download, resumable } from './download.ts';
import { resumeCommand } from './resume-command.ts';
import { transferOptions } from './transfer-options.ts';

const text = { type: 'string' } as const;

/** `unbilled-usage export` */
export async function run(args: string[], signal: AbortSignal): Promise<void> {
  const { values } = parse(args, { currency: text, period: text, attributes: text, out: text, ...transferFlags });
  const { currency, period, attributes, out, restart = false } = values;
  for (const [flag, given] of Object.entries({ '--currency': currency, '--period': period, '--out': out })) {
    if (given === undefined) throw new UsageError(`${flag} is missing.`);
  }
  const directory = out as string;
  const request = checkExportRequest({
    currencyCode: currency,
    billingPeriod: period,
    ...(attributes !== undefined && { attributeSet: attributes }),
  } as UnbilledUsageExportRequest);
  const options = transferOptions(values);
  await withProgress(values.quiet, async (progress) => {
    const client = await connect(values, progress.say);
    // What cannot work fails before an export is started that nobody will read.
    await prepare(options.format);
    const folder = await ExportDirectory.open(directory, restart);
    try {
      if (folder.isTaken && !restart) {
        throw new UsageError(`--out ${directory} holds an export; use ${resumeCommand(directory)}, or --restart`);
      }
      const began = performance.now();
      const handle = await start(client, request, options.timeoutMs, signal);
      const timeoutMs = Math.max(1, options.timeoutMs - (performance.now() - began));
      progress.say(`export ${handle.operationId} started`);
      const run = { folder, directory, flags: values, options: { ...options, timeoutMs }, progress, signal };
      await resumable(run, () => download(client, handle, run));
    } finally {
      await folder.close();
    }
  });
}

/** Timers take no more than 31 bits; a longer one would fire at once. */
const LONGEST_TIMER = 2 ** 31 - 1;

/** @throws {@link DeadlineError} */
async function start(
  client: UnbilledUsageClient,
  request: UnbilledUsageExportRequest,
  timeoutMs: number,
  signal: AbortSignal,
): Promise<ExportHandle> {
  const deadline = AbortSignal.timeout(Math.min(timeoutMs, LONGEST_TIMER));
  try {
    return await client.startExport(request, { signal: AbortSignal.any([signal, deadline]) });
  } catch (error) {
    if (error !== deadline.reason) throw error;
    throw new DeadlineError(`the export could not be started within ${timeoutMs / 1_000} s.`);
  }
}
