import type { BlobAccess } from './blob-access.ts';
import { attempt, delay } from './delay.ts';
import { BlobError } from './errors.ts';
import { blobUrl } from './manifest.ts';
import { bareUrl, reason } from './redact.ts';
import { backOff, isTransient, parseRetryAfter, type Report, type Transfer, tell } from './retry.ts';

export interface BlobOptions extends Transfer {
  signal: AbortSignal;
  /** Where to continue: the number of bytes that exist, and the ETag of their blob. */
  from?: { bytes: number; etag: string };
  onResponse?: (response: Response) => void;
  onBytes: (bytes: number) => void;
}

/** The download cannot continue where it stopped: the storage now has another blob, or none. */
export class OtherBlobError extends BlobError {}

/** Returns whether the transport decoded the body, so that its bytes differ from those in the storage. */
export function isEncoded(headers: Headers): boolean {
  return (headers.get('content-encoding') ?? 'identity') !== 'identity';
}

/**
 * Yields the bytes of a blob, each once and in order. After a broken connection, it continues where it stopped if the
 * blob is still the same. It renews a SAS that is refused. It ends a connection that takes longer than `timeoutMs` for
 * `timeoutMs` bytes, and fails if the retries are used up before the next `timeoutMs` bytes have arrived.
 *
 * @throws A {@link BlobError}, {@link DataVersionError}, what the renewal throws, or the signal's reason
 * @see https://learn.microsoft.com/rest/api/storageservices/get-blob
 */
export async function* readBlob(name: string, access: BlobAccess, options: BlobOptions): AsyncGenerator<Uint8Array> {
  const { timeoutMs, retry, signal, from } = options;
  let received = from?.bytes ?? 0;
  let etag: string | null | undefined = from?.etag;
  let encoded = false;
  /** The size of the blob in bytes. If it is unknown, at least one byte must arrive. */
  let end = 1;
  /** Bytes that have arrived in the current window. */
  let fresh = 0;
  let retries = 0;
  let renewed = false;

  const broken = (error: unknown): never => {
    signal.throwIfAborted();
    throw new BlobError(name, `broke off after ${received} bytes: ${reason(error)}`);
  };

  for (let n = 1; ; n++) {
    const url = blobUrl(access.manifest, name);
    const report: Report = { method: 'GET', url: bareUrl(url), attempt: n };
    const began = performance.now();
    const resumes = received > 0 && !encoded;
    const headers: Record<string, string> = {
      'accept-encoding': 'identity',
      ...(etag && { 'if-match': etag }),
      ...(resumes && { range: `bytes=${received}-` }),
    };
    let response: Response | undefined;
    let body: ReadableStreamDefaultReader<Uint8Array> | undefined;
    let renew: BlobAccess['renew'];
    try {
      const ask = (signal: AbortSignal) => options.fetch(url, { headers, redirect: 'manual', signal });
      response = await attempt(ask, timeoutMs, { signal }).catch(broken);
      const { status, headers: answer } = response;
      const reader = (response.body ?? new Blob().stream()).getReader();
      body = reader;
      const read = (spentMs?: number) => attempt(() => reader.read(), timeoutMs, { signal }, spentMs).catch(broken);
      const range = answer.get('content-range');
      if (status === 416 && range === `bytes */${received}` && received >= end) return;
      if (status !== 200 && status !== 206) {
        // The first piece of the body, if it arrives, has the error code.
        const first = await read().catch(() => signal.throwIfAborted());
        throw refusal(name, response, new TextDecoder().decode(first?.value));
      }
      const [, start, size] = /^bytes (\d+)-\d+\/(\d+)$/.exec(range ?? '') ?? [];
      if (status === 206 && !(resumes && start === `${received}`)) {
        throw new OtherBlobError(name, 'has another offset');
      }
      const length = Number(size ?? answer.get('content-length') ?? end);
      const hasChanged = answer.get('etag') !== etag || isEncoded(answer) !== encoded || (end > 1 && length !== end);
      if (received > 0 && hasChanged) {
        throw new OtherBlobError(name, 'has changed');
      }
      etag = answer.get('etag');
      encoded = isEncoded(answer);
      options.onResponse?.(response);
      end = encoded ? 0 : length;

      let skip = status === 206 ? 0 : received;
      let arrived = 0;
      let waitedMs = 0;
      for (;;) {
        const waitStart = performance.now();
        const { done, value } = await read(waitedMs);
        if (done) break;
        arrived += value.length;
        waitedMs += performance.now() - waitStart;
        if (arrived >= timeoutMs) arrived = waitedMs = 0;
        const chunk = value.subarray(skip);
        skip -= value.length - chunk.length;
        received += chunk.length;
        fresh += chunk.length;
        if (fresh >= timeoutMs) {
          fresh = retries = 0;
          renewed = false;
        }
        options.onBytes(chunk.length);
        yield chunk;
      }
      if (received < end) broken(new Error(`expected ${end}`));
      return;
    } catch (error) {
      report.error = error;
      if (!(error instanceof BlobError) || error instanceof OtherBlobError) throw error;
      const { status } = error;
      if (status === 403 && !renewed) renew = access.renew;
      if (renew) report.retryInMs = 0;
      else if ((received === 0 || etag) && isTransient(status) && retries < retry.limit) {
        report.retryInMs = backOff(++retries, retry, response && parseRetryAfter(response.headers));
      } else throw error;
    } finally {
      body?.cancel().catch(() => {});
      await tell(options.onAttempt, report, began, response);
    }
    if (renew) {
      renewed = true;
      await renew();
    }
    await delay(report.retryInMs, { signal });
  }
}

function refusal(name: string, { status, headers }: Response, body: string): BlobError {
  const text = headers.get('x-ms-error-code') ?? body;
  const storageCode = /(?:^|<Code>)(\w{1,100})(?:<|$)/.exec(text)?.[1];
  const isSame = isTransient(status) || status === 401 || status === 403;
  return new (isSame ? BlobError : OtherBlobError)(name, `was refused with ${[status, storageCode].join(' ').trim()}`, {
    status,
    storageCode,
  });
}
