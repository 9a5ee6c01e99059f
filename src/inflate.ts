import type * as NodeStream from 'node:stream';
import type * as NodeZlib from 'node:zlib';
import { chunksOf } from './body.ts';

type Bytes = Uint8Array;
type GetBuiltinModule = (name: string) => unknown;

/** A blob is neither gzip nor text that the transport decoded. */
export class NotGzip extends Error {}

/**
 * Inflates gzip. Passes other bytes through only if `isPlain` returns true. It is called once the first bytes have
 * arrived, and returns whether the transport decoded them.
 *
 * Uses Node's zlib if the runtime has it: zlib is faster with large chunks, and accepts a blob of several gzip members.
 * `DecompressionStream` throws an error at a second member.
 *
 * @throws what `chunks` throws, {@link NotGzip}, or the error of the inflater if the data is corrupt or truncated
 * @see https://www.rfc-editor.org/rfc/rfc1952
 */
export async function* inflate(chunks: AsyncGenerator<Bytes>, isPlain: () => boolean): AsyncGenerator<Uint8Array> {
  let head: Bytes = new Uint8Array();
  while (head.length < 2) {
    const { done, value } = await chunks.next();
    if (done) break;
    head = head.length ? new Uint8Array([...head, ...value]) : value;
  }
  if (head[0] === 0x1f && head[1] === 0x8b) return yield* gunzip(prepend(head, chunks));
  if (head.length && isPlain()) return yield* prepend(head, chunks);
  await chunks.return(undefined);
  throw new NotGzip(head.length ? 'not gzip' : 'empty');
}

async function* prepend(head: Bytes, rest: AsyncGenerator<Bytes>): AsyncGenerator<Bytes> {
  try {
    yield head;
    yield* rest;
  } finally {
    await rest.return(undefined);
  }
}

async function* gunzip(chunks: AsyncGenerator<Bytes>): AsyncGenerator<Uint8Array> {
  const builtin = (globalThis as { process?: { getBuiltinModule?: GetBuiltinModule } }).process?.getBuiltinModule;
  const zlib = builtin?.('node:zlib') as typeof NodeZlib | undefined;
  const stream = builtin?.('node:stream') as typeof NodeStream | undefined;
  if (!zlib || !stream) {
    const source = new ReadableStream<Uint8Array<ArrayBuffer>>({
      async pull(controller) {
        const { done, value } = await chunks.next();
        if (done) controller.close();
        else controller.enqueue(value as Uint8Array<ArrayBuffer>);
      },
      async cancel() {
        await chunks.return(undefined);
      },
    });
    return yield* chunksOf(source.pipeThrough(new DecompressionStream('gzip')));
  }
  let fed = 0;
  async function* counted() {
    for await (const chunk of chunks) {
      fed += chunk.length;
      yield chunk;
    }
  }
  const inflated = zlib.createGunzip({ chunkSize: 1024 * 1024 });
  yield* stream.pipeline(counted(), inflated, () => {});
  // zlib silently stops at a zero byte after a member.
  if (inflated.bytesWritten < fed) throw new Error('trailing data');
}
