import { DataVersionError, ExportFailedError, GraphRequestError, InvalidRequestError } from '../index.ts';
import { FormatError } from './format-error.ts';
import type { TransferFlags } from './transfer-options.ts';

/** The command that goes on with a directory, with the flags that have to be the same. */
export function resumeCommand(directory: string, flags: TransferFlags = {}): string {
  const same = (['format', 'api-version', 'base-url'] as const).flatMap((name) => {
    const given = flags[name];
    return given === undefined ? [] : [`--${name}`, quoted(given)];
  });
  const operand = directory.startsWith('-') ? `./${directory}` : directory;
  return ['unbilled-usage resume', quoted(operand), ...same].join(' ');
}

/** Whether another run can end better. Not when the export is over, or its data has changed or does not fit the format. */
export function isResumable(error: unknown): boolean {
  if (error instanceof GraphRequestError) return error.status !== 404 && error.status !== 410;
  const final = [ExportFailedError, DataVersionError, InvalidRequestError, FormatError];
  return !final.some((each) => error instanceof each);
}

function quoted(argument: string): string {
  return /^[\w./:@%+=,-]+$/.test(argument) ? argument : `'${argument.replaceAll("'", "'\\''")}'`;
}
