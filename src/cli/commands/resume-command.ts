import { DataVersionError, ExportFailedError, GraphRequestError, InvalidRequestError } from '../../index.ts';
import { FormatError } from '../errors.ts';
import type { TransferFlags } from './transfer-options.ts';

/** The command that resumes the export of a directory, with the flags that have to be the same. */
export function resumeCommand(directory: string, flags: TransferFlags = {}): string {
  const same = (['format', 'api-version', 'base-url'] as const).flatMap((name) => {
    const given = flags[name];
    return given === undefined ? [] : [`--${name}`, quoted(given)];
  });
  const operand = directory.startsWith('-') ? `./${directory}` : directory;
  return ['unbilled-usage resume', quoted(operand), ...same, ...(flags.restart ? ['--restart'] : [])].join(' ');
}

/** The command that can end better after an error, if there is one: not when the export is over, or does not fit the format. */
export function commandAfter(error: unknown, directory: string, flags: TransferFlags): string | undefined {
  if (error instanceof DataVersionError) return resumeCommand(directory, { ...flags, restart: true });
  const isOver = error instanceof GraphRequestError && [404, 410].includes(error.status);
  const isFinal = [ExportFailedError, InvalidRequestError, FormatError].some((each) => error instanceof each);
  return isOver || isFinal ? undefined : resumeCommand(directory, flags);
}

function quoted(argument: string): string {
  return /^[\w./:@%+=,-]+$/.test(argument) ? argument : `'${argument.replaceAll("'", "'\\''")}'`;
}
