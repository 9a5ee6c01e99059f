import { writeWhole } from './whole-file.ts';

/** A small file that is written often: calls that come while a write is under way share the next one. */
export class StateFile {
  readonly #path: string;
  readonly #text: () => string;
  #saving: Promise<void> | undefined;
  #again: Promise<void> | undefined;
  #soon: NodeJS.Timeout | undefined;
  /** How long the last write took, in ms. */
  #cost = 0;

  /** `text` is what to write, called when the write begins. */
  constructor(path: string, text: () => string) {
    this.#path = path;
    this.#text = text;
  }

  /** Resolves when all that was true at the call is on the disk. @throws {@link DirectoryError} */
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

  /** Saves within 100 ms. With thousands of blobs, little of the time goes into it. */
  saveSoon(): void {
    this.#soon ??= setTimeout(() => this.#saveNow(), Math.min(100, 10 * this.#cost));
  }

  /** What goes wrong here, the last save meets again. */
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

  /** Resolves when nothing is being written any more. */
  async close(): Promise<void> {
    if (this.#soon) await this.#saveNow();
    for (let last = this.#again ?? this.#saving; last; last = this.#again ?? this.#saving) await last.catch(() => {});
  }
}
