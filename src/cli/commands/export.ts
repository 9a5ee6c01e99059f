import { attempt, checkExportRequest, ExportDirectory, TimedOut } from '../../node/internals.ts';
import type { Context } from '../context.ts';
import { CommandError, UsageError } from '../errors.ts';
import { withProgress } from '../screen/progress.ts';
import { prepare } from '../tables/write-format.ts';
import type { Flags, Values } from './command.ts';
import { connect } from './connect.ts';
import { advising, download } from './download.ts';
import { oneOf, transferFlags } from './flags.ts';
import { adviceOnService, advised, resumeCommand } from './next-step.ts';

export const about =
  'Starts an export, waits for it, and downloads it. To continue after an interruption, use unbilled-usage resume.';

export const flags = {
  currency: { value: 'CODE', required: true, help: "the partner's billing currency, such as USD" },
  period: { ...oneOf('current', 'last'), required: true, help: 'the period in progress, or the one before' },
  attributes: { ...oneOf('full', 'basic'), help: 'all attributes or a subset; default full' },
  out: { value: 'DIR', required: true, help: 'new, empty, or that of a failed export' },
  ...transferFlags,
} as const satisfies Flags;

export async function run(values: Values<typeof flags>, context: Context): Promise<void> {
  const { currency, period, attributes, out: directory, restart, timeout } = values;
  const request = checkExportRequest({
    currencyCode: currency,
    billingPeriod: period,
    ...(attributes && { attributeSet: attributes }),
  });
  await withProgress(values, context, async (progress) => {
    const client = await connect(values, context, progress.note);
    // A format that cannot work fails before an export starts.
    await prepare(values.format);
    await ExportDirectory.use(directory, restart ?? false, async (folder) => {
      if (folder.isTaken && !restart) {
        const resume = resumeCommand(directory, {}, folder.handle?.location);
        throw new UsageError(`--out ${directory} contains an export. Use ${resume}, or --restart.`);
      }
      const began = performance.now();
      const start = (signal: AbortSignal) => client.startExport(request, { signal });
      const handle = await attempt(start, timeout, { signal: context.signal }).catch((reason) => {
        const late = `The export could not be started within ${timeout / 1_000} s.`;
        const error = reason instanceof TimedOut ? new CommandError('DeadlineError', 4, late) : reason;
        throw advised(error, adviceOnService(error, values, context.env));
      });
      const leftMs = Math.max(1, timeout - (performance.now() - began));
      progress.say(`export ${handle.operationId} started`);
      const scope = `in ${values.currency} for the ${values.period} period`;
      const run = { folder, directory, flags: values, leftMs, scope, progress, context };
      await advising(handle, run, async () => download(client, handle, run, await folder.holdings()));
    });
  });
}
