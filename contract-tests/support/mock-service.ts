import { onTestFinished } from 'vitest';
import type { Manifest } from '../../src/index.ts';
import { type FrontRequest, startFront } from '../kit/mock/front.ts';
import type { ScriptedServer } from './scripted-server.ts';
import { prismUrl } from './servers.ts';

/** Starts a service that returns named examples of the contract. Stops it after the test. */
export async function mockService(story: readonly string[], manifest: () => Manifest): Promise<ScriptedServer> {
  const requests: FrontRequest[] = [];
  const onRequest = (request: FrontRequest) => requests.push(request);
  const front = await startFront({ prismUrl: prismUrl(), story, manifest, onRequest });
  onTestFinished(front.close);
  return { ...front, requests };
}
