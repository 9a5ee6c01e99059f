import type { Context } from '../context.ts';

/** What a file of a command exports: its flags and operand are parsed, and shown by `--help`, as it says. */
export interface Command {
  about: string;
  operand?: string;
  flags: Flags;
  /** Takes the values of `flags`, and the operand; an empty one if it has none. */
  run(values: object, operand: string, context: Context): Promise<void>;
}

export type Flags = Readonly<Record<string, Flag>>;

export interface Flag {
  help: string;
  /** Stands for the value in help. Without one, the flag is a switch. */
  value?: string;
  required?: true;
  /** As on the command line. */
  default?: string;
  /** Returns nothing for a value that is not allowed. */
  parse?: (given: string) => unknown;
  /** What `parse` takes; completes the sentence "… must be …". */
  allowed?: string;
}

/** The values of flags. One may be missing unless its flag is required or has a default. */
export type Values<F extends Flags> = {
  [Name in keyof F]: Value<F[Name]> | (F[Name] extends { required: true } | { default: string } ? never : undefined);
};

type Value<F> = F extends { parse: (given: string) => infer Parsed }
  ? NonNullable<Parsed>
  : F extends { value: string }
    ? string
    : true;
