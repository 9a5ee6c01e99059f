import type { Manifest } from '../generated/index.ts';
import { attempt, delay } from './delay.ts';
import { BlobError } from './errors.ts';
import { blobUrl, sameData } from './manifest.ts';
import { reason } from './redact.ts';
import { backOff, isTransient, parseRetryAfter, type RetryPolicy } from './retry.ts';

/** The manifest with the SAS in force, and the way to a new one, where there is one. */
export interface BlobAccess {
  manifest: Manifest;
  renew?: () => Promise<Manifest>;
}

export interface BlobOptions {
  fetch: typeof globalThis.fetch;
  /** The longest time without a byte, in ms. */
  timeoutMs: number;
  retry: RetryPolicy;
  signal: AbortSignal;
  /** Where to go on: what is there already, and the ETag of the blob that it is of. */
  from?: { bytes: number; etag: string };
  onResponse?: (response: Response) => void;
  onBytes: (bytes: number) => void;
}

interface Failure {
  error: BlobError;
  transient: boolean;
  retryAfterMs?: number | undefined;
}

/**
 * The bytes of a blob, each once and in order. A broken connection goes on where it stopped, provided that the blob is
 * still the same; a refused SAS is renewed; both are given up when they bring no further byte.
 *
 * @throws {@link BlobError}, {@link DataVersionError}, what `access.renew` throws, or the signal's reason
 * @see https://learn.microsoft.com/rest/api/storageservices/get-blob
 */
export async function* readBlob(name: string, access: BlobAccess, options: BlobOptions): AsyncGenerator<Uint8Array> {
  const { fetch, timeoutMs, retry, signal, from, onResponse, onBytes } = options;
  let received = from?.bytes ?? 0;
  let etag: string | null = from?.etag ?? null;
  let inflated = false;
  let retries = 0;
  let renewed = false;

  const broken = (error: unknown): Failure => {
    if (signal.aborted) throw signal.reason;
    return { error: new BlobError(name, `broke off after ${received} bytes: ${reason(error)}`), transient: true };
  };

  async function* receive(): AsyncGenerator<Uint8Array<ArrayBuffer>, Failure | undefined> {
    const headers = new Headers({ 'accept-encoding': 'identity' });
    if (etag !== null) headers.set('if-match', etag);
    if (received > 0 && !inflated) headers.set('range', `bytes=${received}-`);

    let response: Response;
    try {
      const init = { headers, redirect: 'manual' } as const;
      response = await attempt((signal) => fetch(blobUrl(access.manifest, name), { ...init, signal }), timeoutMs, {
        signal,
      });
    } catch (error) {
      return broken(error);
    }
    if (response.status === 416 && response.headers.get('content-range') === `bytes */${received}`) {
      response.body?.cancel().catch(() => {});
      return undefined;
    }
    if (response.status !== 200 && response.status !== 206) return refused(response);

    const body = response.body?.getReader();
    try {
      const range = /^bytes (\d+)-\d+\/(\d+)$/.exec(response.headers.get('content-range') ?? '');
      const start = response.status === 206 ? received : 0;
      if (response.status === 206 && (received === 0 || Number(range?.[1]) !== received)) {
        throw new BlobError(name, 'came from another offset than asked for');
      }
      if (received > 0 && response.headers.get('etag') !== etag) throw new BlobError(name, 'changed while it was read');
      etag = response.headers.get('etag');
      onResponse?.(response);
      inflated = !['identity', null].includes(response.headers.get('content-encoding'));
      // Without a length, at least something has to come.
      const length = range?.[2] ?? response.headers.get('content-length') ?? 1;
      const end = inflated ? 0 : Number(length);

      let skip = received - start;
      while (body) {
        let next: ReadableStreamReadResult<Uint8Array<ArrayBuffer>>;
        try {
          next = await attempt(() => body.read(), timeoutMs, { signal });
        } catch (error) {
          return broken(error);
        }
        if (next.done) break;
        const chunk = next.value.subarray(skip);
        skip = Math.max(0, skip - next.value.length);
        if (chunk.length === 0) continue;
        received += chunk.length;
        retries = 0;
        renewed = false;
        onBytes(chunk.length);
        yield chunk;
      }
      return received < end ? broken(new Error(`${end} were announced`)) : undefined;
    } finally {
      body?.cancel().catch(() => {});
    }
  }

  async function refused(response: Response): Promise<Failure> {
    const { status, headers } = response;
    const stated = headers.get('x-ms-error-code') ?? /<Code>(.*?)<\/Code>/.exec(await beginning(response))?.[1];
    const storageCode = stated && /^\w{1,100}$/.test(stated) ? stated : undefined;
    const error = new BlobError(name, `was refused with ${status} ${storageCode ?? ''}`.trimEnd(), {
      status,
      storageCode,
    });
    return { error, transient: isTransient(status), retryAfterMs: parseRetryAfter(headers) };
  }

  /** The first piece of an error's body, which says all there is to know. The rest is not waited for. */
  async function beginning({ body }: Response): Promise<string> {
    const reader = body?.getReader();
    try {
      const first = reader && (await attempt(() => reader.read(), timeoutMs, { signal }));
      return new TextDecoder().decode(first?.value);
    } catch {
      signal.throwIfAborted();
      return '';
    } finally {
      reader?.cancel().catch(() => {});
    }
  }

  for (;;) {
    const failure = yield* receive();
    if (!failure) return;
    if (failure.error.status === 403 && access.renew && !renewed) {
      renewed = true;
      access.manifest = sameData(access.manifest, await access.renew());
      continue;
    }
    const resumable = received === 0 || etag !== null;
    if (!failure.transient || !resumable || retries === retry.limit) throw failure.error;
    retries++;
    await delay(failure.retryAfterMs ?? backOff(retries, retry), { signal });
  }
}
