import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ContractError, type ExportStatus, UnbilledUsageError } from '../../src/index.ts';
import { allowedBy, anything } from '../support/arbitrary.ts';
import { clientOf, example, handle } from '../support/play.ts';

type Members = Record<string, unknown>;

const stateOfType: Record<string, ExportStatus['state']> = {
  '#microsoft.graph.partners.billing.runningOperation': 'running',
  '#microsoft.graph.partners.billing.exportSuccessOperation': 'succeeded',
  '#microsoft.graph.partners.billing.failedOperation': 'failed',
};
const link = 'resourceLocation@odata.navigationLink';
const linked = example('manifest');

/** Returns the status that a client reads from a response, or its error. A link leads to the example manifest. */
async function outcomeOf(answer: Response): Promise<unknown> {
  const answers = [answer, Response.json(linked)];
  const fetch = async () => answers.shift() ?? Response.error();
  const client = clientOf({ url: 'https://graph.example' }, { fetch, retry: { limit: 0 } });
  return client.getExport(handle).catch((error: unknown) => error);
}

/** Returns the expected status: the operation as received, and the property that belongs to the state. */
function statusOf(state: ExportStatus['state'], operation: Members): object {
  if (state === 'running') return { state, operation };
  if (state === 'failed') return { state, operation, error: operation.error };
  return { state, operation, manifest: operation.resourceLocation || linked };
}

const allowed = allowedBy('/components/schemas/Operation') as fc.Arbitrary<Members>;

/** Generates objects that resemble an operation, with possible mistakes anywhere. */
const mostly = (...likely: unknown[]) =>
  fc.oneof({ arbitrary: fc.constantFrom(...likely), weight: 5 }, { arbitrary: anything, weight: 1 });
const partOf = (members: Record<string, fc.Arbitrary<unknown>>) =>
  fc.oneof(fc.record(members), fc.record(members, { requiredKeys: [] }), anything);
const similar = partOf({
  '@odata.type': mostly(...Object.keys(stateOfType), '#microsoft.graph.partners.billing.newOperation'),
  status: mostly('notStarted', 'RUNNING', 'processing', 'completed', 'Succeeded', 'failed', 'skipped', 'new'),
  resourceLocation: fc.oneof(
    fc.constant(linked),
    partOf({
      rootDirectory: mostly('https://x.example/d', 'HTTP://x.example', 'https://[', 'ftp://x.example'),
      sasToken: mostly('sig=1', ''),
      blobs: fc.oneof(
        fc.array(fc.record({ name: mostly('a', 'b') }, { requiredKeys: [] }), { maxLength: 2 }),
        anything,
      ),
      blobCount: mostly(0, 1, undefined),
    }),
  ),
  [link]: mostly('/reports/partners/billing/manifests/1', 'manifests', '/manifests/%FF'),
  error: partOf({ code: mostly('5000'), message: mostly('No.') }),
});

describe('an operation', () => {
  it('that the contract allows has the state of its type, unless its manifest is unusable', async () => {
    const states = new Set<unknown>();
    await fc.assert(
      fc.asyncProperty(allowed, async (operation) => {
        const state = stateOfType[String(operation['@odata.type'])] ?? 'running';
        const text = JSON.stringify(operation);
        const outcome = await outcomeOf(new Response(text));
        if (outcome instanceof ContractError) {
          expect(state).toBe('succeeded');
          expect(outcome).toMatchObject({
            where: expect.stringMatching(/^manifest\.(blobCount|rootDirectory|blobs\[\d+\]\.name)$|Link$/),
            handle,
          });
        } else expect(outcome).toEqual(statusOf(state, JSON.parse(text)));
        states.add((outcome as ExportStatus).state);
      }),
      { numRuns: 200 },
    );
    expect([...states]).toEqual(expect.arrayContaining(['running', 'succeeded', 'failed']));
  });

  it('of arbitrary JSON has one state, or throws a ContractError with the handle', async () => {
    const states = new Set<unknown>();
    await fc.assert(
      fc.asyncProperty(similar, async (operation) => {
        const text = JSON.stringify(operation);
        const outcome = await outcomeOf(new Response(text));
        if (outcome instanceof ContractError) expect(outcome.handle).toEqual(handle);
        else {
          const status = outcome as ExportStatus;
          expect(status).toEqual(statusOf(status.state, JSON.parse(text)));
          if (status.state === 'failed') expect(status.error.code).toEqual(expect.any(String));
          if (status.state === 'succeeded') {
            const { rootDirectory, sasToken, blobs, blobCount = blobs.length } = status.manifest;
            expect(new URL(rootDirectory).protocol).toBe('https:');
            expect([sasToken, ...blobs.map(({ name }) => name)]).not.toContain('');
            expect(blobCount).toBe(blobs.length);
            expect(new Set(blobs.map(({ name }) => name)).size).toBe(blobs.length);
          }
        }
        states.add((outcome as ExportStatus).state);
      }),
      { numRuns: 500 },
    );
    expect([...states]).toEqual(expect.arrayContaining(['running', 'succeeded', 'failed', undefined]));
  });

  it('with any HTTP status and body has one state, or throws a library error', async () => {
    const status = fc.oneof(fc.constantFrom(200, 400, 401, 429, 503), fc.integer({ min: 200, max: 599 }));
    const error = partOf({ code: mostly('x'), message: mostly('No.'), innerError: anything, innererror: anything });
    const json = fc.oneof(fc.record({ error }), anything).map((value) => JSON.stringify(value));
    await fc.assert(
      fc.asyncProperty(status, fc.oneof(json, fc.string()), async (code, text) => {
        const empty = [204, 205, 304].includes(code);
        const outcome = await outcomeOf(new Response(empty ? null : text, { status: code }));
        if (!(outcome instanceof UnbilledUsageError)) expect(outcome).toMatchObject({ state: expect.any(String) });
        else expect(outcome.code).toBe(code < 300 ? 'CONTRACT' : 'GRAPH_REQUEST');
      }),
      { numRuns: 300 },
    );
  });
});
