import { onTestFinished } from 'vitest';
import type { Manifest } from '../../src/index.ts';
import { type FrontRequest, startFront } from '../kit/mock/front.ts';
import { Story } from '../kit/mock/story.ts';
import type { ScriptedServer } from './scripted-server.ts';
import { prismUrl } from './servers.ts';

/** Starts a service that returns named examples of the contract, also for these operations. Stops it after the test. */
export async function mockService(
  steps: readonly string[],
  manifest: () => Manifest,
  ...operations: string[]
): Promise<ScriptedServer> {
  const requests: FrontRequest[] = [];
  const onRequest = (request: FrontRequest) => requests.push(request);
  const story = new Story({ steps }, () => ({ isReady: async () => true, manifest: async () => manifest() }));
  for (const id of operations) story.start({ currencyCode: 'USD', billingPeriod: 'last' }, id);
  const front = await startFront({ prismUrl: prismUrl(), story, onRequest });
  onTestFinished(front.close);
  return { ...front, requests };
}
