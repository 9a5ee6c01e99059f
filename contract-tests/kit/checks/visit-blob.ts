import type { Manifest } from '../document/manifest.ts';
import { type Clock, send, withRetries } from './ask.ts';
import type { Exchange } from './exchange.ts';
import { NoAnswerError, reason } from './no-answer-error.ts';
import { type BlobContent, readBlob } from './read-blob.ts';

/** A blob, read to its end with the SAS. */
export interface BlobVisit {
  name: string;
  /** Absent if the storage did not answer, which `unreachable` explains. */
  exchange?: Exchange;
  unreachable?: string;
  /** Absent unless the storage answered 200. */
  content?: BlobContent;
}

/** The answers of the storage to other requests for the first blob. */
export interface StorageVisit {
  /** The answer to a request for bytes 0 to 15, with the ETag of the whole blob. Absent if `fetch` would inflate them. */
  range?: Exchange & { bytes: Uint8Array };
  /** The answer to a request with another ETag. */
  otherVersion: Exchange;
  withoutSas: Exchange;
  /** The answer to a request with a SAS whose expiry was moved to the past. */
  expiredSas: Exchange;
}

interface BlobReaderOptions {
  clock: Clock;
  /** Default: the global one. */
  fetch?: typeof fetch | undefined;
  /** Requests the manifest again, for a SAS that has not expired. */
  renew: () => Promise<Partial<Manifest> | undefined>;
}

/** Reads the blobs of a manifest. Never sends the token. */
export class BlobReader {
  #manifest: Partial<Manifest>;
  readonly #clock: Clock;
  readonly #fetch: typeof fetch;
  readonly #renew: BlobReaderOptions['renew'];

  constructor(manifest: Partial<Manifest>, { clock, fetch = globalThis.fetch, renew }: BlobReaderOptions) {
    this.#manifest = manifest;
    this.#clock = clock;
    this.#fetch = fetch;
    this.#renew = renew;
  }

  /** Reads every blob. Stops if the data becomes another version meanwhile. */
  async *read(): AsyncGenerator<BlobVisit> {
    const { rootDirectory, blobs, eTag } = this.#manifest;
    if (!/^https?:/.test(`${rootDirectory}`) || !Array.isArray(blobs)) return;
    let isSasProven = false;
    const names = blobs.map((blob) => blob?.name).filter((name) => typeof name === 'string');
    for (const name of names.filter((name) => URL.canParse(this.#urlOf(name)))) {
      let visit = await this.#readBlob(name);
      // A connection may break once.
      if (visit.unreachable !== undefined) visit = await this.#readBlob(name);
      if (visit.exchange?.status === 403 && isSasProven) {
        this.#manifest = (await this.#renew()) ?? this.#manifest;
        if (this.#manifest.eTag !== eTag) return;
        visit = await this.#readBlob(name);
      }
      isSasProven ||= visit.exchange?.status === 200;
      yield visit;
    }
  }

  /** Sends other requests for a blob that could be read. */
  async probe({ name, exchange, content }: BlobVisit): Promise<StorageVisit> {
    let bytes = new Uint8Array();
    const part: Read = async (response) => {
      bytes = new Uint8Array(await response.arrayBuffer());
      return '';
    };
    const ifMatch = exchange?.headers.get('etag') ?? '*';
    const range = content?.isDecoded
      ? undefined
      : await this.#get(name, { range: 'bytes=0-15', 'if-match': ifMatch }, part);
    const otherVersion = await this.#get(name, { 'if-match': '"another-version"' }, refused);
    const withoutSas = await this.#get(name, {}, refused, ['', '']);
    const expired = new URLSearchParams(this.#manifest.sasToken?.replace(/^\?/, ''));
    expired.set('se', '2020-01-01T00:00:00Z');
    const expiredSas = await this.#get(name, {}, refused, ['EXPIRED_SAS', `${expired}`]);
    return { ...(range && { range: { ...range, bytes } }), otherVersion, withoutSas, expiredSas };
  }

  async #readBlob(name: string): Promise<BlobVisit> {
    let content: BlobContent | undefined;
    const read: Read = async (response) => {
      if (response.status !== 200) return response.text();
      content = await readBlob(response);
      return '';
    };
    try {
      const exchange = await this.#get(name, {}, read);
      return { name, exchange, ...(content && { content }) };
    } catch (error) {
      if (this.#clock.signal.aborted || !(error instanceof NoAnswerError)) throw error;
      return { name, unreachable: reason(error.cause) };
    }
  }

  #get(
    name: string,
    requestHeaders: Record<string, string>,
    read: Read,
    [query, sas] = ['SAS', this.#manifest.sasToken ?? ''],
  ): Promise<Exchange> {
    const url = this.#urlOf(name);
    const headers = { 'accept-encoding': 'identity', ...requestHeaders };
    const request = { method: 'GET', url, ...(sas && { query }), requestHeaders, hasToken: false };
    const fetchBlob = (signal: AbortSignal) => this.#fetch(sas ? `${url}?${sas}` : url, { headers, signal });
    return withRetries(() => send(request, this.#clock, fetchBlob, read), this.#clock);
  }

  #urlOf(name: string): string {
    return `${this.#manifest.rootDirectory}/${name}`;
  }
}

type Read = (response: Response) => Promise<string>;

/** Reads the body of a refusal. Does not read a blob that is served. */
const refused: Read = async (response) => {
  if (response.status >= 400) return response.text();
  await response.body?.cancel();
  return '';
};
