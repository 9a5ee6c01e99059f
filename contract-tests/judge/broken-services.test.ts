import { expect, it, onTestFinished } from 'vitest';
import { checks } from '../kit/checks/checks.ts';
import { type Visit, visit } from '../kit/checks/visit.ts';
import { partnerMonth, toBlob } from '../kit/mock/partner-month.ts';
import { type BrokenService, brokenServices } from '../support/broken-services.ts';
import { startIndependentService } from '../support/independent-service.ts';
import { directFetch } from '../support/observe.setup.ts';

// Each of these services breaks one rule. The check that should notice it fails by name, and no other does.

async function visitService({ blob = toBlob([...partnerMonth(5)]), ...options }: BrokenService): Promise<Visit> {
  const service = await startIndependentService({ 'part-00000.c000.json.gz': blob }, options);
  onTestFinished(service.close);
  return visit({
    baseUrl: `${service.url}/v1.0`,
    token: 'test-token',
    request: { currencyCode: 'USD', billingPeriod: 'last' },
    fetch: directFetch,
    delay: async () => {},
    timeoutMs: 8_000,
  });
}

const all = Object.values(checks).flat();

/** The names of the checks that fail. */
function failing(seen: Visit): string[] {
  return all.filter(({ breaches }) => breaches(seen)?.length).map(({ name }) => name);
}

it.each(brokenServices)('%s, and nothing else, fails for a service that %s', async (name, _, service) => {
  expect(failing(await visitService(service))).toEqual([name]);
});

it('every check has a service that it fails for', () => {
  expect([...new Set(brokenServices.map(([name]) => name))]).toEqual(all.map(({ name }) => name));
});

it.each<[string, BrokenService]>([
  ['right', {}],
  ['right, with a link to the manifest', { linked: true }],
  ['right, without data', { outcome: 'noData' }],
])('no check fails for a service that is %s', async (_, service) => {
  expect(failing(await visitService(service))).toEqual([]);
});
