import type * as NodeStream from 'node:stream';
import type * as NodeZlib from 'node:zlib';

type Bytes = Uint8Array;
type GetBuiltinModule = (name: string) => unknown;

/**
 * Inflates what begins like gzip and passes on what does not: the transport may have inflated it already.
 *
 * Where the runtime has Node's zlib, that is used: it is faster with large chunks, and takes a blob of several gzip
 * members. `DecompressionStream` refuses a second member with an error.
 *
 * @throws what `chunks` throws, or the inflater's error for data that is corrupt or cut short
 * @see https://www.rfc-editor.org/rfc/rfc1952
 */
export async function* inflate(chunks: AsyncIterable<Bytes>): AsyncGenerator<Uint8Array> {
  const source = chunks[Symbol.asyncIterator]();
  let head: Bytes = new Uint8Array();
  while (head.length < 2) {
    const { done, value } = await source.next();
    if (done) break;
    head = head.length ? new Uint8Array([...head, ...value]) : value;
  }
  const whole = prepend(head, source);
  yield* head[0] === 0x1f && head[1] === 0x8b ? gunzip(whole) : whole;
}

async function* prepend(head: Bytes, rest: AsyncIterator<Bytes>): AsyncGenerator<Bytes> {
  try {
    if (head.length) yield head;
    for (let next = await rest.next(); !next.done; next = await rest.next()) yield next.value;
  } finally {
    await rest.return?.();
  }
}

function gunzip(chunks: AsyncGenerator<Bytes>): AsyncIterable<Uint8Array> {
  const builtin = (globalThis as { process?: { getBuiltinModule?: GetBuiltinModule } }).process?.getBuiltinModule;
  const zlib = builtin?.('node:zlib') as typeof NodeZlib | undefined;
  const stream = builtin?.('node:stream') as typeof NodeStream | undefined;
  if (!zlib || !stream) return read(toStream(chunks).pipeThrough(new DecompressionStream('gzip')));
  return gunzipWith(zlib, stream, chunks);
}

async function* gunzipWith(
  zlib: typeof NodeZlib,
  stream: typeof NodeStream,
  chunks: AsyncGenerator<Bytes>,
): AsyncGenerator<Uint8Array> {
  let fed = 0;
  async function* counted() {
    for await (const chunk of chunks) {
      fed += chunk.length;
      yield chunk;
    }
  }
  const gunzip = zlib.createGunzip({ chunkSize: 256 * 1024 });
  yield* stream.pipeline(counted(), gunzip, () => {});
  // zlib takes a zero byte behind a member for the end, and says nothing.
  if (gunzip.bytesWritten < fed) throw new Error('trailing data');
}

function toStream(chunks: AsyncGenerator<Bytes>): ReadableStream<Uint8Array<ArrayBuffer>> {
  return new ReadableStream({
    async pull(controller) {
      const { done, value } = await chunks.next();
      if (done) controller.close();
      else controller.enqueue(value as Uint8Array<ArrayBuffer>);
    },
    async cancel() {
      await chunks.return(undefined);
    },
  });
}

/** Not every browser can iterate over a stream. */
async function* read(stream: ReadableStream<Uint8Array>): AsyncGenerator<Uint8Array> {
  const reader = stream.getReader();
  try {
    for (let next = await reader.read(); !next.done; next = await reader.read()) yield next.value;
  } finally {
    await reader.cancel();
  }
}
