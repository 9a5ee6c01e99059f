import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ExportRequest } from '../document/manifest.ts';
import { writeBlobFiles } from './blob-files.ts';
import { madeUpLines, withAttributes } from './line-items.ts';
import type { StoredBlob } from './stored-blob.ts';

export interface DataOptions {
  items: number;
  blobs: number;
  seed: number;
  lines?: readonly string[] | undefined;
}

/** The line items of the mock. Writes the blobs of a request when it is first made, to a temporary directory. */
export class MadeUpData {
  readonly #options: DataOptions;
  readonly #blobs = new Map<string, Promise<ReadonlyMap<string, StoredBlob>>>();
  readonly #closing = new AbortController();
  #directory: Promise<string> | undefined;

  constructor(options: DataOptions) {
    this.#options = options;
  }

  lines(request: ExportRequest, version = 0): Iterable<string> {
    const { lines, items, seed } = this.#options;
    return (
      lines?.map((line) => withAttributes(line, request.attributeSet)) ?? madeUpLines(items, seed + version, request)
    );
  }

  /** Returns the blobs of a request. Each version of the data has other line items. */
  blobs(request: ExportRequest, version: number): Promise<ReadonlyMap<string, StoredBlob>> {
    const { currencyCode, billingPeriod, attributeSet } = request;
    const key = JSON.stringify([currencyCode, billingPeriod, attributeSet === 'basic', version]);
    const blobs = this.#blobs.get(key) ?? this.#write(request, version);
    this.#blobs.set(key, blobs);
    return blobs;
  }

  /** Removes the files, even while they are written. */
  async close(): Promise<void> {
    this.#closing.abort();
    await Promise.allSettled(this.#blobs.values());
    if (this.#directory) await rm(await this.#directory, { recursive: true, force: true });
  }

  async #write(request: ExportRequest, version: number): Promise<Map<string, StoredBlob>> {
    this.#directory ??= mkdtemp(join(tmpdir(), 'unbilled-usage-mock-'));
    const directory = await mkdtemp(join(await this.#directory, 'export-'));
    const { lines, items, blobs } = this.#options;
    return writeBlobFiles(directory, this.lines(request, version), lines?.length ?? items, blobs, this.#closing.signal);
  }
}
