import { expect, it, onTestFinished } from 'vitest';
import { brokenServices } from './harness/broken-services.ts';
import { type Fault, startIndependentService } from './harness/independent-service.ts';
import { runProgram } from './harness/run-program.ts';
import { partnerMonth, toBlob } from './kit/mock/partner-month.ts';

// What a team sees that runs the checks against a service of its own.

async function runChecks(fault: Fault): Promise<{ code: number | null; output: string }> {
  const blobs = { 'part-00000.c000.json.gz': toBlob([...partnerMonth(5)]) };
  const service = await startIndependentService(blobs, { fault });
  onTestFinished(service.close);
  const { code, stdout, stderr } = await runProgram('npm', ['run', 'contract'], {
    env: { ...process.env, CONTRACT_TARGET: `${service.url}/v1.0/`, CONTRACT_TOKEN: 'test-token', NO_COLOR: '1' },
  });
  return { code, output: `${stdout}\n${stderr}` };
}

it('a service that keeps the contract passes', async () => {
  const { code, output } = await runChecks({});
  expect(output).toMatch(/✓ .* export-location/);
  expect(output).not.toContain('×');
  expect(code).toBe(0);
}, 60_000);

it('a service that breaks a rule fails the check of that name, with what was received and what is documented', async () => {
  const [, , { fault = {} }] = brokenServices.find(([name]) => name === 'blob-if-match') ?? ['', '', {}];
  const { code, output } = await runChecks(fault);
  expect(output.match(/ × .*/g)).toEqual([expect.stringContaining('blob-if-match')]);
  expect(output).toContain('If-Match with another ETag: received 200, documented 412');
  expect(code).toBe(1);
}, 60_000);
