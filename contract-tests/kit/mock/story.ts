/**
 * The state of the mock, since Prism has none: the IDs that exist, and the number of polls of each operation. Each
 * operation plays the named examples of the contract in turn, and then repeats the last one.
 */
export class Story {
  readonly #examples: readonly string[];
  readonly #ids = new Set<string>();
  readonly #polls = new Map<string, number>();

  constructor(examples: readonly string[]) {
    this.#examples = examples;
  }

  add(id: string): void {
    this.#ids.add(id);
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
