import { expect, it, onTestFinished } from 'vitest';
import { checks } from '../kit/checks/checks.ts';
import { judge } from '../kit/checks/judge.ts';
import { type Visit, visit } from '../kit/checks/visit.ts';
import { partnerMonth, toBlob } from '../kit/mock/partner-month.ts';
import { type BrokenService, brokenServices, unusualServices } from '../support/broken-services.ts';
import { startIndependentService } from '../support/independent-service.ts';
import { directFetch } from '../support/observe.setup.ts';

// Each of these services breaks one rule. Only the check for that rule may fail.

const month = toBlob([...partnerMonth(5)]);

async function visitService({ blob = month, ...options }: BrokenService): Promise<Visit> {
  const blobs = { 'part-00000.c000.json.gz': month, 'part-00001.c000.json.gz': blob };
  const service = await startIndependentService(blobs, options);
  onTestFinished(service.close);
  return visit({
    baseUrl: `${service.url}/v1.0`,
    token: 'test-token',
    request: { currencyCode: 'USD', billingPeriod: 'last' },
    fetch: directFetch,
    delay: async () => {},
    timeoutMs: 60_000,
  });
}

const all = Object.values(checks).flat();

/** Returns the names of the failed checks. */
function failedChecks(visit: Visit): string[] {
  return all.filter(({ breaches }) => breaches(visit)?.length).map(({ name }) => name);
}

it.each(brokenServices)('only %s fails for a service that %s', async (name, _, service) => {
  expect(failedChecks(await visitService(service))).toEqual([name]);
});

it('every check fails for at least one service', () => {
  expect([...new Set(brokenServices.map(([name]) => name))]).toEqual(all.map(({ name }) => name));
});

it.each<[string, BrokenService]>([['follows the contract', {}], ...unusualServices])(
  'no check fails for a service that %s',
  async (_, service) => {
    expect(failedChecks(await visitService(service))).toEqual([]);
  },
);

it.each<[string, BrokenService, string, string]>([
  [
    'refuses the export',
    { fault: { after: (answer, { kind }) => kind === 'export' && Object.assign(answer, { status: 201 }) } },
    'operation-type',
    'the export was answered with 201 instead of 202, so no operation could be polled',
  ],
  ['has no data', { outcome: 'noData' }, 'manifest-schema', 'the export failed, so there is no manifest'],
])('the report for a service that %s says why a check was skipped', async (_, service, name, reason) => {
  const results = judge(await visitService(service));
  expect(results.find((result) => result.name === name)).toMatchObject({ outcome: 'skipped', reason });
});
