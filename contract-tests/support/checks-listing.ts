import { checks } from '../kit/checks/checks.ts';
import { rules } from './observer.ts';

/** Returns the text of `checks.md`. */
export function checksListing(): string {
  const topics = Object.entries(checks).map(([topic, list]) =>
    [`## ${topic}`, '', ...list.map(({ name, demands, see }) => `- **${name}** – ${demands}. [Source](${see})`)].join(
      '\n',
    ),
  );
  const observed = Object.entries(rules).map(([name, demands]) => `- **${name}** – ${demands}.`);
  return `# Checks

<!-- Made from kit/checks/*.ts and support/observer.ts: npm run contract -- --update -->

A service that keeps the contract passes these checks. A check that fails prints its name, and what it received beside
what is documented. The tests run them against the mock and an independent service. To check any other:

\`\`\`sh
CONTRACT_TOKEN=… npx --no-install partner-unbilled-usage-contract check https://…
\`\`\`

The service …

${topics.join('\n\n')}

## What the observer holds every request and answer of every test to

${observed.join('\n')}
`;
}
