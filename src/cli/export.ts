import { checkExportRequest } from '../export-request.ts';
import type { UnbilledUsageExportRequest } from '../index.ts';
import { parse, transferFlags } from './arguments.ts';
import { connect } from './connect.ts';
import { download } from './download.ts';
import { createProgress } from './progress.ts';
import { reserve } from './reserve.ts';
import { transferOptions } from './transfer-options.ts';
import { UsageError } from './usage-error.ts';
import { prepare } from './write-format.ts';

const text = { type: 'string' } as const;

/** `unbilled-usage export` */
export async function run(args: string[], signal: AbortSignal): Promise<void> {
  const { values } = parse(args, { currency: text, period: text, attributes: text, out: text, ...transferFlags });
  const { currency, period, attributes, out } = values;
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
  const client = await connect(values);
  // What cannot work is said before an export is started that nobody will read.
  await prepare(options.format);
  await reserve(directory);

  const handle = await client.startExport(request, { signal });
  const progress = createProgress(values.quiet ?? false);
  progress.say(`export ${handle.operationId} started`);
  await download(client, handle, { directory, flags: values, options, progress, signal });
}
