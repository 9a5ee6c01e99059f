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
  /** The answer to a request for bytes 0 to 15, with the ETag of the whole blob. */
  range: Exchange & { bytes: Uint8Array };
  /** The answer to a request with another ETag. */
  otherVersion: Exchange;
  withoutSas: Exchange;
  /** The answer to a request with a SAS whose expiry was moved to the past. */
  expiredSas: Exchange;
}

/** Reads every blob of a manifest and sends other requests for the first one. Never sends the token. */
export async function visitBlobs(
  manifest: Partial<Manifest>,
  clock: Clock,
  fetch: typeof globalThis.fetch = globalThis.fetch,
): Promise<{ blobs: BlobVisit[]; storage?: StorageVisit }> {
  const { rootDirectory, sasToken = '' } = manifest;
  const names = Array.isArray(manifest.blobs) ? manifest.blobs.map((blob) => blob?.name) : [];
  const urlOf = (name: unknown) => `${rootDirectory}/${name}`;
  const readable = names.filter((name) => typeof name === 'string' && URL.canParse(urlOf(name)));
  if (!/^https?:/.test(`${rootDirectory}`)) return { blobs: [] };

  const get = (name: string, requestHeaders: Record<string, string>, read: Read, [query, sas] = ['SAS', sasToken]) => {
    const url = urlOf(name);
    const headers = { 'accept-encoding': 'identity', ...requestHeaders };
    const request = { method: 'GET', url, ...(sas && { query }), requestHeaders, hasToken: false };
    const fetchBlob = (signal: AbortSignal) => fetch(sas ? `${url}?${sas}` : url, { headers, signal });
    return withRetries(() => send(request, clock, fetchBlob, read), clock);
  };

  const blobs: BlobVisit[] = [];
  for (const name of readable) {
    let content: BlobContent | undefined;
    const read: Read = async (response) => {
      if (response.status !== 200) return response.text();
      content = await readBlob(response.body);
      return '';
    };
    try {
      const exchange = await get(name, {}, read);
      blobs.push({ name, exchange, ...(content && { content }) });
    } catch (error) {
      if (clock.signal.aborted || !(error instanceof NoAnswerError)) throw error;
      blobs.push({ name, unreachable: reason(error.cause) });
    }
  }
  const [first] = blobs;
  if (!first?.content) return { blobs };

  let bytes = new Uint8Array();
  const part: Read = async (response) => {
    bytes = new Uint8Array(await response.arrayBuffer());
    return '';
  };
  const ifMatch = first.exchange?.headers.get('etag') ?? '*';
  const range = await get(first.name, { range: 'bytes=0-15', 'if-match': ifMatch }, part);
  const otherVersion = await get(first.name, { 'if-match': '"another-version"' }, refused);
  const withoutSas = await get(first.name, {}, refused, ['', '']);
  const expired = new URLSearchParams(sasToken.replace(/^\?/, ''));
  expired.set('se', '2020-01-01T00:00:00Z');
  const expiredSas = await get(first.name, {}, refused, ['EXPIRED_SAS', `${expired}`]);
  return { blobs, storage: { range: { ...range, bytes }, otherVersion, withoutSas, expiredSas } };
}

type Read = (response: Response) => Promise<string>;

/** Reads the body of a refusal. Does not read a blob that is served. */
const refused: Read = async (response) => {
  if (response.status >= 400) return response.text();
  await response.body?.cancel();
  return '';
};
