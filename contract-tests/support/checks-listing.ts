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

<!-- Generated from kit/checks/*.ts and support/observer.ts: npm run contract -- --update -->

A service that follows the contract passes these checks. A failed check prints its name, and the received value next to
the documented one. The tests run the checks against the mock and an independent service. To check another service:

\`\`\`sh
CONTRACT_TOKEN=… npx --no-install partner-unbilled-usage-contract check https://…
\`\`\`

The service …

${topics.join('\n\n')}

## The rules of the observer

The observer checks every request and response of every test against these rules:

${observed.join('\n')}
`;
}
