/** An error of the command, not of the library. Its message is safe to print. */
export abstract class CommandError extends Error {
  abstract readonly exitCode: number;
}

/** The command line is wrong. Nothing was sent or written. */
export class UsageError extends CommandError {
  override readonly name = 'UsageError';
  readonly exitCode = 2;
}

/** The format cannot represent the data exactly. */
export class FormatError extends CommandError {
  override readonly name = 'FormatError';
  readonly exitCode = 1;
}

/** An optional package is missing, or does not load on this platform. */
export class MissingPackageError extends CommandError {
  override readonly name = 'MissingPackageError';
  readonly exitCode = 1;
}

/** An error of the library in the words of the command, under the same name. */
export class RewordedError extends CommandError {
  override readonly name: string;
  readonly exitCode: number;

  constructor({ name }: Error, message: string, exitCode: number) {
    super(message);
    this.name = name;
    this.exitCode = exitCode;
  }
}

/** The export did not start within `--timeout`. */
export class DeadlineError extends CommandError {
  override readonly name = 'DeadlineError';
  readonly exitCode = 4;
}

/** The reason of the signal after an interrupt. */
export class Interrupted extends CommandError {
  override readonly name = 'Interrupted';
  readonly exitCode = 130;
}

/** The reason of the signal when stdout can no longer be written. */
export class OutputError extends CommandError {
  override readonly name = 'OutputError';
  readonly exitCode = 1;
  /** The reader closed the pipe (for example, `head`). */
  readonly isClosed: boolean;

  constructor({ code }: NodeJS.ErrnoException) {
    super(`stdout: ${code}.`);
    this.isClosed = code === 'EPIPE';
  }
}

/** Wraps an error with lines that say what to do next. */
export class Advised extends Error {
  readonly advice: readonly string[];

  constructor(cause: unknown, ...advice: string[]) {
    super(undefined, { cause });
    this.advice = advice;
  }
}
