import { linesOf } from '../blob-data.ts';
import { type Contender, contest } from '../contest.ts';
import type { Finding, Skipped } from '../finding.ts';
import { importPeer, isInstalled, missing } from '../peers.ts';
import { parseOnly, readOurs } from '../reading.ts';
import type { Bench } from '../row.ts';

type Parse = (json: string, reviver: undefined, parseNumber: (digits: string) => unknown) => unknown;

const WHAT = "`numbers: 'string'`, 100 MB";
const PEER = 'lossless-json';

/** The peer parses lines in memory. Our lines are also fetched, inflated and decoded. */
export async function* row({ library, storage, smoke }: Bench): AsyncGenerator<Finding | Skipped> {
  const stored = await storage.export('mixed', 10);
  const contenders: Record<string, Contender> = {
    string: () => readOurs(library, stored, { numbers: 'string' }),
    number: () => readOurs(library, stored, { numbers: 'number' }),
  };
  if (isInstalled(PEER)) {
    const { parse } = await importPeer<{ parse: Parse }>(PEER);
    const lines = linesOf('mixed', stored.linesPerBlock);
    contenders.lossless = () => parseOnly(lines, stored.blocks, (line) => parse(line, undefined, (digits) => digits));
  }
  const { string = [], number = [], lossless } = await contest(smoke ? 1 : 9, contenders);
  const common = { what: WHAT, unit: 'ms', ours: string } as const;
  const beside = "`numbers: 'number'`";
  yield { ...common, beside, theirs: number, measure: 'ours ÷ theirs', must: ['≤', 1.5] };
  if (!lossless) yield missing(WHAT, PEER);
  else yield { ...common, beside: PEER, theirs: lossless, measure: 'theirs ÷ ours', must: ['≥', 2] };
}
