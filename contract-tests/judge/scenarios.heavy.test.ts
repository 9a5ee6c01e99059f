import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createUnbilledUsageClient } from '../../src/index.ts';
import { judge } from '../kit/checks/judge.ts';
import { visit } from '../kit/checks/visit.ts';
import { type ScenarioName, scenarioNames, scenarios } from '../kit/mock/scenarios.ts';
import { startMock } from '../kit/mock/start-mock.ts';
import { exportArgs, runProcess } from '../support/command.ts';
import { interpreters } from '../support/interpreters.ts';
import { directFetch } from '../support/observe.setup.ts';
import { clients } from '../support/other-languages.ts';
import type { Outcome } from '../support/run-program.ts';

/** How the clients of this repository end: the error of the library, and the exit code of the command. */
const endings: Record<
  ScenarioName,
  [error: { name: string; [field: string]: unknown }, exitCode: number] | 'every line item'
> = {
  success: 'every line item',
  linked: 'every line item',
  slow: 'every line item',
  'never-ends': [{ name: 'WaitTimeoutError' }, 4],
  'no-data': [{ name: 'ExportFailedError', noData: true }, 3],
  failed: [{ name: 'ExportFailedError', graphCode: '5001', noData: false }, 1],
  'unknown-status': [{ name: 'ContractError', message: expect.stringContaining('"paused"') }, 1],
  throttled: 'every line item',
  'sas-expires': 'every line item',
  'data-changes': [{ name: 'DataVersionError' }, 1],
  'broken-connection': 'every line item',
  'truncated-blob': [{ name: 'BlobError', blobName: expect.stringContaining('part-00002') }, 1],
};

/** The messages with which the clients in other languages end. */
const messages: Partial<Record<ScenarioName, RegExp>> = {
  'never-ends': /did not end within 10/,
  'no-data': /5000/,
  failed: /5001/,
  'unknown-status': /pausedOperation/,
  'data-changes': /exported again/,
  'truncated-blob': /truncated|Unexpected end/,
};

/** The checks that fail. The other scenarios are within the contract. */
const failures: Partial<Record<ScenarioName, string[]>> = {
  'never-ends': ['operation-ends'],
  'unknown-status': ['operation-type'],
  'truncated-blob': ['blob-gzip'],
};

const ITEMS = 50;
const request = { currencyCode: 'USD', billingPeriod: 'last' } as const;
const directory = await mkdtemp(join(tmpdir(), 'scenarios-'));
afterAll(() => rm(directory, { recursive: true }));

/** What the library read, and how it ended. */
async function readItems(baseUrl: string, timeoutMs: number): Promise<{ items: unknown[]; error?: unknown }> {
  const client = createUnbilledUsageClient({ credential: 'any', baseUrl, fetch: directFetch });
  const items: unknown[] = [];
  try {
    const handle = await client.startExport(request);
    await client.waitForExport(handle, { timeoutMs });
    for await (const item of client.lineItems(handle)) items.push(item);
    return { items };
  } catch (error) {
    return { items, error };
  }
}

async function play(scenario: ScenarioName) {
  const { baseUrl, lineItems, close } = await startMock({ items: ITEMS, scenario });
  const timeoutMs = scenario === 'never-ends' ? 10_000 : 60_000;
  const library = await readItems(baseUrl, timeoutMs);
  const args = exportArgs({ url: baseUrl.replace('/v1.0', '') }, join(directory, scenario));
  const command = await runProcess([...args, '--timeout', `${timeoutMs / 1_000}s`]);
  const target = { baseUrl, token: 'any', request, fetch: directFetch, timeoutMs: 120_000 };
  // Without real waits, so that the timeout of a scenario without an end comes soon, and never during a request.
  const results = judge(await visit({ ...target, delay: async () => {} }));
  const env = { ...process.env, GRAPH_ACCESS_TOKEN: 'any', EXPORT_TIMEOUT: `${timeoutMs / 1_000}` };
  const others: Record<string, Outcome> = {};
  for (const [language, , interpreter, args] of clients) {
    if (!interpreters[interpreter]) continue;
    others[language] = await new Promise((resolve) => {
      execFile(interpreter, [...args, 'USD', 'last', baseUrl], { env }, (error, stdout, stderr) => {
        resolve({ code: Number(error?.code ?? 0), stdout, stderr });
      });
    });
  }
  await close();
  return { lineItems, library, command, results, others };
}

type Played = Awaited<ReturnType<typeof play>>;
const outcomes = new Map<ScenarioName, Played>();
/** They mostly wait, so they wait together. */
beforeAll(async () => {
  await Promise.all(scenarioNames.map(async (name) => outcomes.set(name, await play(name))));
}, 240_000);

describe.each(scenarioNames)('the scenario %s ends as documented', (scenario) => {
  const ending = endings[scenario];
  const played = () => outcomes.get(scenario) as Played;

  it('for the library', () => {
    const { library, lineItems } = played();
    if (ending === 'every line item') expect(library).toEqual({ items: lineItems });
    else expect(library.error).toMatchObject(ending[0]);
  });

  it('for the command', () => {
    const [{ name }, code] = ending === 'every line item' ? [{ name: `${ITEMS} line items` }, 0] : ending;
    expect(played().command).toMatchObject({ code, stderr: expect.stringContaining(name) });
  });

  it.for(clients)('for the client in %s', ([language, , interpreter], { skip }) => {
    skip(!interpreters[interpreter], `${interpreter} is missing or too old`);
    const { others, lineItems } = played();
    const { code, stdout = '', stderr } = others[language] ?? {};
    if (ending === 'every line item') {
      expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
      expect(
        stdout
          .trimEnd()
          .split('\n')
          .map((line) => JSON.parse(line)),
      ).toEqual(lineItems);
    } else {
      expect({ code, stderr }).toEqual({ code: 1, stderr: expect.stringMatching(messages[scenario] ?? '') });
      expect(stderr).not.toContain('Traceback');
    }
  });

  it('for the checks', () => {
    const failed = played().results.filter(({ outcome }) => outcome === 'failed');
    expect(failed.map(({ name }) => name)).toEqual(failures[scenario] ?? []);
  });
});

it("the kit's README has a row for each scenario", async () => {
  const readme = await readFile('contract-tests/kit/README.md', 'utf8');
  const rows = Object.entries(scenarios).map(([name, { summary, client }]) =>
    `| \`${name}\` | ${summary} | ${client} |`.replaceAll('. |', ' |'),
  );
  expect(readme).toContain(rows.join('\n'));
});
