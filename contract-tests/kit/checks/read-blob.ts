import { createHash } from 'node:crypto';
import { PassThrough } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import { spec } from '../document/document.ts';
import { parseJson } from '../document/parse-json.ts';
import { problems } from '../document/problems.ts';
import { reason } from './no-answer-error.ts';

/** The content of a blob. */
export interface BlobContent {
  /** The blob has a `Content-Encoding`, so `fetch` inflated it, and the bytes as stored are unknown. */
  isDecoded: boolean;
  /** The number of bytes received. `head` holds the first 16. */
  length: number;
  head: Uint8Array;
  md5: string;
  /** Why the blob could not be inflated completely. */
  corrupt?: string;
  lineCount: number;
  /** The first lines with a problem. */
  notObjects: string[];
  notLineItems: string[];
  /** The documented attributes that line items have. */
  attributes: Set<string>;
  /** The first billing currencies. */
  currencies: Set<string>;
}

type Lines = Pick<BlobContent, 'lineCount' | 'notObjects' | 'notLineItems' | 'attributes' | 'currencies'>;

const SHOWN = 5;
const documented: object = spec.components.schemas.UsageLineItem.properties;

/** Reads a blob to its end, inflates it, and checks each of its lines. Throws if the connection breaks. */
export async function readBlob({ body, headers }: Response): Promise<BlobContent> {
  const isDecoded = (headers.get('content-encoding') ?? 'identity') !== 'identity';
  const hash = createHash('md5');
  let length = 0;
  let head: Uint8Array = new Uint8Array();
  async function* watched() {
    try {
      for await (const chunk of body ?? []) {
        if (head.length < 16) head = Buffer.concat([head, chunk]).subarray(0, 16);
        length += chunk.length;
        hash.update(chunk);
        yield chunk;
      }
    } catch (error) {
      broken = error as Error;
    }
  }
  const empty = { lineCount: 0, notObjects: [], notLineItems: [] };
  const lines: Lines = { ...empty, attributes: new Set(), currencies: new Set() };
  let broken: Error | undefined;
  let corrupt: string | undefined;
  try {
    await pipeline(watched, isDecoded ? new PassThrough() : createGunzip(), (inflated: AsyncIterable<Buffer>) =>
      checkLines(inflated, lines),
    );
  } catch (error) {
    corrupt = reason(error);
  }
  if (broken) throw broken;
  return { isDecoded, length, head, md5: hash.digest('base64'), ...(corrupt !== undefined && { corrupt }), ...lines };
}

async function checkLines(inflated: AsyncIterable<Buffer>, result: Lines): Promise<void> {
  const decoder = new TextDecoder('utf-8', { fatal: true });
  let rest = '';
  for await (const chunk of inflated) {
    const lines = (rest + decoder.decode(chunk, { stream: true })).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) checkLine(line, result);
  }
  checkLine(rest + decoder.decode(), result);
}

function checkLine(line: string, result: Lines): void {
  if (line.trim() === '') return;
  result.lineCount++;
  const where = `line ${result.lineCount}`;
  const item = parseJson(line);
  if (typeof item !== 'object' || item === null || Array.isArray(item)) {
    if (result.notObjects.length < SHOWN) result.notObjects.push(where);
    return;
  }
  for (const name of Object.keys(item)) if (Object.hasOwn(documented, name)) result.attributes.add(name);
  const { BillingCurrency: currency } = item as Record<string, unknown>;
  if (typeof currency === 'string' && currency && result.currencies.size < SHOWN) result.currencies.add(currency);
  if (result.notLineItems.length < SHOWN) {
    const wrong = problems('/components/schemas/UsageLineItem', item);
    result.notLineItems.push(...wrong.map((problem) => `${where} ${problem}`));
  }
}
