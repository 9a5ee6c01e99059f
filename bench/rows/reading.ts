import { linesOf } from '../blob-data.ts';
import { contest, median } from '../contest.ts';
import type { Finding } from '../finding.ts';
import { inflateOnly, parseOnly, readOurs, readWithReadline } from '../reading.ts';
import type { Bench } from '../row.ts';

const CHUNK_SIZES = [16, 64, 256, 1_024].map((kib) => kib * 1024);

/** Reads 400 MB of text in one blob, with names from many countries and with ASCII only. */
export async function* row({ library, storage, smoke }: Bench): AsyncGenerator<Finding> {
  for (const kind of ['mixed', 'ascii'] as const) {
    const stored = await storage.export(kind, 40);
    const part = await storage.export(kind, 10);
    const blob = await (await fetch(part.urls[0] ?? '')).bytes();
    const lines = linesOf(kind, part.linesPerBlock);
    const perSecond = (lineItems: number, read: () => Promise<number>) => async () =>
      lineItems / ((await read()) / 1_000);
    const rates = await contest<string>(smoke ? 1 : 7, {
      ours: perSecond(stored.lineItems, () => readOurs(library, stored)),
      readline: perSecond(stored.lineItems, () => readWithReadline(stored)),
      parse: perSecond(part.lineItems, () => parseOnly(lines, part.blocks, JSON.parse)),
      ...Object.fromEntries(
        CHUNK_SIZES.map((size) => [size, perSecond(part.lineItems, () => inflateOnly(blob, size))]),
      ),
    });

    const { ours = [], readline = [], parse = [] } = rates;
    const inflate = CHUNK_SIZES.map((size) => rates[size] ?? []).sort((a, b) => median(b) - median(a))[0] ?? [];
    // Another thread inflates while this one parses. So nothing can be faster than the slower of the two.
    const bound = median(inflate) < median(parse) ? inflate : parse;
    const what = `line items of one blob, one thread${kind === 'ascii' ? ', ASCII only' : ''}`;
    const common = { what, unit: 'line items/s', ours, measure: 'ours ÷ theirs' } as const;
    yield { ...common, beside: '`readline` over `createGunzip` + `JSON.parse`', theirs: readline, must: ['≥', 1.3] };
    yield {
      ...common,
      beside: 'the bound: inflate, or `JSON.parse` of lines in memory',
      theirs: bound,
      must: ['≥', 0.8],
    };
  }
}
