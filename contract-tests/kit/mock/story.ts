/**
 * The state of the mock, since Prism has none: the IDs that exist, and the number of polls of each operation. Each
 * operation plays the named examples of the contract in turn, and then repeats the last one.
 */
export class Story {
  readonly #examples: readonly string[];
  /** When each ID came up. */
  readonly #ids = new Map<string, Date>();
  readonly #polls = new Map<string, number>();

  constructor(examples: readonly string[]) {
    this.#examples = examples;
  }

  add(id: string): void {
    if (!this.#ids.has(id)) this.#ids.set(id, new Date());
  }

  /** Returns when an operation started, if it did. */
  startOf(operation: string): Date | undefined {
    return this.#ids.get(operation);
  }

  has(id: string): boolean {
    return this.#ids.has(id);
  }

  /** Counts a poll of an operation, and returns the name of the example that answers it. */
  next(operation: string): string {
    const poll = this.#polls.get(operation) ?? 0;
    this.#polls.set(operation, poll + 1);
    return this.#examples[Math.min(poll, this.#examples.length - 1)] ?? '';
  }
}
