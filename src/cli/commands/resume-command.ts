import { DataVersionError, ExportFailedError, GraphRequestError, InvalidRequestError } from '../../index.ts';
import { FormatError } from '../errors.ts';
import type { Flag } from './command.ts';
import { type TransferValues, transferFlags } from './flags.ts';

type ResumeFlags = Partial<Pick<TransferValues, 'format' | 'api-version' | 'base-url'>> & {
  restart?: boolean | undefined;
};

/** Returns the command that resumes the export of a directory, with the flags that must not change. */
export function resumeCommand(directory: string, flags: ResumeFlags = {}): string {
  const same = (['format', 'api-version', 'base-url'] as const).flatMap((name) => {
    const { default: fallback }: Flag = transferFlags[name];
    const value = flags[name];
    return value === undefined || value === fallback ? [] : [`--${name}`, quoted(value)];
  });
  const operand = directory.startsWith('-') ? `./${directory}` : directory;
  return ['unbilled-usage resume', quoted(operand), ...same, ...(flags.restart ? ['--restart'] : [])].join(' ');
}

/**
 * Returns the command to run after an error. Returns nothing if the export is over, or if the format cannot represent
 * it.
 */
export function commandAfter(error: unknown, directory: string, flags: ResumeFlags): string | undefined {
  if (error instanceof DataVersionError) return resumeCommand(directory, { ...flags, restart: true });
  const isOver = error instanceof GraphRequestError && [404, 410].includes(error.status);
  const isFinal = [ExportFailedError, InvalidRequestError, FormatError].some((each) => error instanceof each);
  return isOver || isFinal ? undefined : resumeCommand(directory, flags);
}

function quoted(argument: string): string {
  return /^[\w./:@%+=,-]+$/.test(argument) ? argument : `'${argument.replaceAll("'", "'\\''")}'`;
}
