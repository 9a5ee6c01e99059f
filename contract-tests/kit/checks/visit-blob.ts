import { createHash } from 'node:crypto';
import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import type { Manifest } from '../../../src/index.ts';
import { reason } from '../../../src/redact.ts';
import { problems } from '../document/problems.ts';

/** What reading the first blob of a manifest brought. */
export interface BlobVisit {
  whole: Answer;
  /** As long as the answer said it would be, in bytes, and its first 16. */
  length: number;
  head: Uint8Array;
  md5: string;
  /** Why it could not be inflated to its end. */
  corrupt?: string;
  lineCount: number;
  /** What is wrong with its lines; the first few. */
  notObjects: string[];
  notLineItems: string[];
  /** Bytes 0 to 15, asked for with the ETag. */
  range: Answer & { bytes: Uint8Array };
  /** Asked for with another ETag. */
  otherVersion: Answer;
  withoutSas: Answer;
}

interface Answer {
  status: number;
  headers: Headers;
}

const SHOWN = 5;

/** Reads the first blob to its end, a part of it, and what nobody should get. Without the Graph token. */
export async function visitBlob(
  { rootDirectory, blobs, sasToken }: Partial<Manifest>,
  fetch: typeof globalThis.fetch,
): Promise<BlobVisit | undefined> {
  const name = blobs?.[0]?.name;
  if (name === undefined || !URL.canParse(`${rootDirectory}/${name}`)) return undefined;
  const get = (headers: Record<string, string>, sas = `?${sasToken}`) =>
    fetch(`${rootDirectory}/${name}${sas}`, { headers: { 'accept-encoding': 'identity', ...headers } });

  const response = await get({});
  const whole = { status: response.status, headers: response.headers };
  const read = await readWhole(response);

  const part = await get({ range: 'bytes=0-15', 'if-match': whole.headers.get('etag') ?? '*' });
  const range = { status: part.status, headers: part.headers, bytes: new Uint8Array(await part.arrayBuffer()) };
  return {
    whole,
    ...read,
    range,
    otherVersion: await answerOf(get({ 'if-match': '"another-version"' })),
    withoutSas: await answerOf(get({}, '')),
  };
}

async function answerOf(asked: Promise<Response>): Promise<Answer> {
  const { status, headers, body } = await asked;
  await body?.cancel();
  return { status, headers };
}

async function readWhole(
  response: Response,
): Promise<Pick<BlobVisit, 'length' | 'head' | 'md5' | 'corrupt' | 'lineCount' | 'notObjects' | 'notLineItems'>> {
  const read = {
    length: 0,
    head: new Uint8Array(),
    lineCount: 0,
    notObjects: [] as string[],
    notLineItems: [] as string[],
  };
  const md5 = createHash('md5');
  async function* watched() {
    for await (const chunk of response.body ?? []) {
      if (read.head.length < 16) read.head = Buffer.concat([read.head, chunk]).subarray(0, 16);
      read.length += chunk.length;
      md5.update(chunk);
      yield chunk;
    }
  }
  let corrupt: string | undefined;
  try {
    await pipeline(watched, createGunzip(), async (inflated: AsyncIterable<Buffer>) => {
      const decoder = new TextDecoder('utf-8', { fatal: true });
      let rest = '';
      for await (const chunk of inflated) {
        const lines = (rest + decoder.decode(chunk, { stream: true })).split('\n');
        rest = lines.pop() ?? '';
        for (const line of lines) checkLine(line, read);
      }
      checkLine(rest + decoder.decode(), read);
    });
  } catch (error) {
    corrupt = reason(error);
  }
  return { ...read, md5: md5.digest('base64'), ...(corrupt !== undefined && { corrupt }) };
}

function checkLine(line: string, read: { lineCount: number; notObjects: string[]; notLineItems: string[] }): void {
  if (line.trim() === '') return;
  read.lineCount++;
  let item: unknown;
  try {
    item = JSON.parse(line);
  } catch {
    // Said below.
  }
  const where = `line ${read.lineCount}`;
  if (typeof item !== 'object' || item === null || Array.isArray(item)) {
    if (read.notObjects.length < SHOWN) read.notObjects.push(where);
  } else if (read.notLineItems.length < SHOWN) {
    read.notLineItems.push(
      ...problems('/components/schemas/UsageLineItem', item).map((problem) => `${where} ${problem}`),
    );
  }
}
