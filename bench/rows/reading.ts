import { contest } from '../contest.ts';
import type { Finding } from '../finding.ts';
import { readOurs, readShortest, readWithReadline } from '../reading.ts';
import type { Bench } from '../row.ts';

/** The targets of the ratios to `readline`, which is faster with ASCII. */
const targets = { mixed: 1.3, ascii: 1.1 } as const;

/** Reads 400 MB of text in one blob, with names from many countries and with ASCII only. */
export async function* row({ library, storage, smoke }: Bench): AsyncGenerator<Finding> {
  for (const kind of ['mixed', 'ascii'] as const) {
    const stored = await storage.export(kind, 40);
    const perSecond = (read: () => Promise<number>) => async () => stored.lineItems / ((await read()) / 1_000);
    const { ours, readline, shortest } = await contest(smoke ? 1 : 7, {
      ours: perSecond(() => readOurs(library, stored)),
      readline: perSecond(() => readWithReadline(stored)),
      shortest: perSecond(() => readShortest(stored)),
    });

    const what = `line items of one blob, one thread${kind === 'ascii' ? ', ASCII only' : ''}`;
    const common = { what, unit: 'line items/s', ours, measure: 'ours ÷ theirs' } as const;
    const target = targets[kind];
    yield { ...common, beside: '`readline` over `createGunzip` + `JSON.parse`', theirs: readline, must: ['≥', target] };
    const loop = 'the shortest correct loop: inflate, decode, cut, `JSON.parse`';
    yield { ...common, beside: loop, theirs: shortest, must: ['≥', 0.9] };
  }
}
