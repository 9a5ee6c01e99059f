import { checks } from '../checks/checks.ts';
import { scenarios } from '../mock/scenarios.ts';
import { parseFlags } from './flags.ts';

/** Runs `list`: prints the checks and the scenarios, each with its source. Returns the exit code. */
export function list(args: readonly string[]): number {
  const { values } = parseFlags(args, { json: { type: 'boolean' } });
  const allChecks = Object.entries(checks).flatMap(([topic, each]) =>
    each.map(({ name, demands, see }) => ({ topic, name, demands, see })),
  );
  const allScenarios = Object.entries(scenarios).map(([name, { summary, client, see }]) => ({
    name,
    summary,
    client,
    see,
  }));
  if (values.json) {
    console.log(JSON.stringify({ checks: allChecks, scenarios: allScenarios }, null, 2));
    return 0;
  }
  const entry = (name: string, text: string, see: string) => `  ${name}\n      ${text}\n      ${see}`;
  console.log('Checks. The service …');
  for (const topic of Object.keys(checks)) {
    const ofTopic = allChecks.filter((check) => check.topic === topic);
    console.log([`\n${topic}`, ...ofTopic.map(({ name, demands, see }) => entry(name, demands, see))].join('\n'));
  }
  const told = allScenarios.map(({ name, summary, client, see }) => entry(name, `${summary} A client ${client}`, see));
  console.log(['\nScenarios of the mock', ...told].join('\n'));
  return 0;
}
