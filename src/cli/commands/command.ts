import type { Context } from '../context.ts';

/** The exports of a command file. Parsing and help follow from `flags` and `operands`. */
export interface Command {
  about: string;
  operands?: readonly string[];
  flags: Flags;
  /** Takes the values of `flags`, and an argument for each of `operands`. */
  run(values: object, context: Context, ...args: string[]): Promise<void>;
}

export type Flags = Readonly<Record<string, Flag>>;

export interface Flag {
  help: string;
  /** The placeholder of the value in the help. A flag without one is a switch. */
  value?: string;
  required?: true;
  /** Its value is a list without duplicates. */
  isRepeatable?: true;
  /** In the form of the command line. */
  default?: string;
  /** Returns nothing for a value that is not allowed. */
  parse?: (text: string) => unknown;
  /** Completes the sentence "… must be …". */
  allowed?: string;
}

/** The values of flags. A value may be missing unless its flag is repeatable, required or has a default. */
export type Values<F extends Flags> = {
  [Name in keyof F]: F[Name] extends { isRepeatable: true }
    ? Value<F[Name]>[]
    : Value<F[Name]> | (F[Name] extends { required: true } | { default: string } ? never : undefined);
};

type Value<F> = F extends { parse: (text: string) => infer Parsed }
  ? NonNullable<Parsed>
  : F extends { value: string }
    ? string
    : true;
