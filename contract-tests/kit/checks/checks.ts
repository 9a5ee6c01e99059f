import { blobChecks } from './blob-checks.ts';
import type { Check } from './check.ts';
import { exchangeChecks } from './exchange-checks.ts';
import { exportChecks } from './export-checks.ts';
import { manifestChecks } from './manifest-checks.ts';
import { operationChecks } from './operation-checks.ts';
import { refusalChecks } from './refusal-checks.ts';

/** Every check, by topic. */
export const checks: Record<string, Check[]> = {
  'The export': exportChecks,
  'The operation': operationChecks,
  'The manifest': manifestChecks,
  'The blobs': blobChecks,
  Refusals: refusalChecks,
  'Every answer': exchangeChecks,
};
