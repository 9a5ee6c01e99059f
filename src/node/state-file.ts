import { writeWhole } from './whole-file.ts';

/** A small file that is written often. Calls during a write share the next write. */
export class StateFile {
  readonly #path: string;
  readonly #text: () => string;
  /** The last call of `save`, and whether its write has not begun. */
  #last = Promise.resolve();
  #isWaiting = false;
  #soon: NodeJS.Timeout | undefined;
  /** The duration of the last write, in ms. */
  #cost = 0;

  /** `text` returns the content of the file. It is called when a write begins. */
  constructor(path: string, text: () => string) {
    this.#path = path;
    this.#text = text;
  }

  /** Resolves when everything that was true at the call is on disk. @throws A {@link DirectoryError} */
  save(): Promise<void> {
    if (!this.#isWaiting) {
      this.#isWaiting = true;
      this.#last = this.#last.catch(() => {}).then(() => this.#write());
    }
    return this.#last;
  }

  /** Saves within 100 ms, so that thousands of blobs cause few writes. */
  saveSoon(): void {
    this.#soon ??= setTimeout(() => this.settle(), Math.min(100, 10 * this.#cost));
  }

  /** Saves at once what `saveSoon` has not. Resolves when all writes have ended. Ignores errors: the last save reports them. */
  settle(): Promise<void> {
    clearTimeout(this.#soon);
    const last = this.#soon ? this.save() : this.#last;
    this.#soon = undefined;
    return last.catch(() => {});
  }

  async #write(): Promise<void> {
    this.#isWaiting = false;
    const began = performance.now();
    await writeWhole(this.#path, (file) => file.writeFile(this.#text()));
    this.#cost = performance.now() - began;
  }
}
