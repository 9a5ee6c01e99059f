type Bytes = Uint8Array<ArrayBuffer>;

/** Yields the chunks of a stream, and cancels it when the loop ends. Not every browser can iterate over a stream. */
export async function* chunksOf(stream: ReadableStream<Bytes>): AsyncGenerator<Bytes> {
  const reader = stream.getReader();
  try {
    for (let next = await reader.read(); !next.done; next = await reader.read()) yield next.value;
  } finally {
    await reader.cancel();
  }
}

/** Reads the text of a body until it is complete or exceeds `limit` bytes, and cancels the rest. */
export async function readText({ body }: Response, limit: number): Promise<string> {
  const decoder = new TextDecoder();
  let text = '';
  let left = limit;
  for await (const chunk of body ? chunksOf(body) : []) {
    text += decoder.decode(chunk, { stream: true });
    left -= chunk.length;
    if (left < 0) break;
  }
  return text + decoder.decode();
}
