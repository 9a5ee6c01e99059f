import { writeWhole } from './whole-file.ts';

/** A small file that is written often. Calls during a write share the next write. */
export class StateFile {
  readonly #path: string;
  readonly #text: () => string;
  #saving: Promise<void> | undefined;
  #again: Promise<void> | undefined;
  #soon: NodeJS.Timeout | undefined;
  /** The duration of the last write, in ms. */
  #cost = 0;

  /** `text` returns the content of the file. It is called when a write begins. */
  constructor(path: string, text: () => string) {
    this.#path = path;
    this.#text = text;
  }

  /** Resolves when everything that was true at the call is on disk. @throws A {@link DirectoryError} */
  async save(): Promise<void> {
    if (this.#saving) {
      this.#again ??= this.#saving
        .catch(() => {})
        .then(() => {
          this.#again = undefined;
          return this.save();
        });
      return this.#again;
    }
    this.#saving = this.#write().finally(() => {
      this.#saving = undefined;
    });
    return this.#saving;
  }

  /** Saves within 100 ms, so that thousands of blobs cause few writes. */
  saveSoon(): void {
    this.#soon ??= setTimeout(() => this.#saveNow(), Math.min(100, 10 * this.#cost));
  }

  /** Ignores errors: the last save reports them. */
  async #saveNow(): Promise<void> {
    clearTimeout(this.#soon);
    this.#soon = undefined;
    await this.save().catch(() => {});
  }

  async #write(): Promise<void> {
    const began = performance.now();
    await writeWhole(this.#path, (file) => file.writeFile(this.#text()));
    this.#cost = performance.now() - began;
  }

  /** Resolves when all writes have ended. */
  async close(): Promise<void> {
    if (this.#soon) await this.#saveNow();
    for (let last = this.#again ?? this.#saving; last; last = this.#again ?? this.#saving) await last.catch(() => {});
  }
}
