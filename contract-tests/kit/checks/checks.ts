import { rules } from '../../harness/observer.ts';
import { blobChecks } from './blob-checks.ts';
import type { Check } from './check.ts';
import { exchangeChecks } from './exchange-checks.ts';
import { exportChecks } from './export-checks.ts';
import { manifestChecks } from './manifest-checks.ts';
import { operationChecks } from './operation-checks.ts';
import { refusalChecks } from './refusal-checks.ts';

/** Everything that a service is held to, by topic. */
export const checks: Record<string, Check[]> = {
  'The export': exportChecks,
  'The operation': operationChecks,
  'The manifest': manifestChecks,
  'The blobs': blobChecks,
  Refusals: refusalChecks,
  'Every answer': exchangeChecks,
};

/** `checks.md`. */
export function listing(): string {
  const topics = Object.entries(checks).map(([topic, list]) =>
    [`## ${topic}`, '', ...list.map(({ name, demands, see }) => `- **${name}** – ${demands}. [Source](${see})`)].join(
      '\n',
    ),
  );
  const observed = Object.entries(rules).map(([name, demands]) => `- **${name}** – ${demands}.`);
  return `# Checks

<!-- Made from checks/*.ts and harness/observer.ts: npm run contract -- --update -->

What a service is held to. Each check has a name by which it fails, and says what it received beside what is documented.
They run against the mock and an independent service in each test run, and against any other with

\`\`\`sh
CONTRACT_TARGET=https://… CONTRACT_TOKEN=… npm run contract
\`\`\`

The service …

${topics.join('\n\n')}

## What the observer holds every request and answer of every test to

${observed.join('\n')}
`;
}
