/** An error of the command, not of the library. Its message is safe to print. */
export class CommandError extends Error {
  override readonly name: string;
  readonly exitCode: number;

  constructor(name: string, exitCode: number, message: string) {
    super(message);
    this.name = name;
    this.exitCode = exitCode;
  }
}

/** The command line is wrong. Nothing was sent or written. */
export class UsageError extends CommandError {
  constructor(message: string) {
    super('UsageError', 2, message);
  }
}

/** The format cannot represent the data exactly. */
export class FormatError extends CommandError {
  constructor(message: string) {
    super('FormatError', 1, message);
  }
}

/** The reason of the signal when stdout can no longer be written. */
export class OutputError extends CommandError {
  /** The reader closed the pipe (for example, `head`). */
  readonly isClosed: boolean;

  constructor({ code }: NodeJS.ErrnoException) {
    super('OutputError', 1, `stdout: ${code}.`);
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
