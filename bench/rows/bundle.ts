import { bundle, LIMIT } from '../bundle.ts';
import type { Finding, Skipped } from '../finding.ts';
import { isInstalled, missing } from '../peers.ts';

const WHAT = 'the whole flow in a browser bundle, minified, gzip';
const PEERS = ['@microsoft/microsoft-graph-client', '@azure/core-lro', '@azure/storage-blob'];

export async function* row(): AsyncGenerator<Finding | Skipped> {
  const beside = PEERS.join(' + ');
  if (!PEERS.every(isInstalled)) return yield missing(WHAT, beside);
  const ours = [(await bundle('src/index.ts')).bytes];
  const theirs = [(await bundle('bench/flow-of-peers.js')).bytes];
  yield { what: WHAT, beside, unit: 'bytes', ours, theirs, measure: 'ours', must: ['≤', LIMIT] };
}
