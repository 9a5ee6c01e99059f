import { cp, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeAll, expect, it, onTestFinished } from 'vitest';
import { partnerMonth, toBlob } from '../../kit/mock/partner-month.ts';
import { startMock } from '../../kit/mock/start-mock.ts';
import { brokenServices } from '../../support/broken-services.ts';
import { startIndependentService } from '../../support/independent-service.ts';
import { runProgram } from '../../support/run-program.ts';
import { PIP, PYTHON } from '../language.ts';
import { installToolchain, type Toolchain } from '../toolchain.ts';

// A fuzzer that nobody here wrote reads the contract and looks for answers that break it.

let toolchain: Toolchain;
beforeAll(async () => {
  const locks = ['schemathesis/requirements.txt'];
  toolchain = await installToolchain({ name: 'schemathesis', needs: PYTHON, locks, install: PIP });
  if (toolchain.missing) console.warn(`Skipped: schemathesis ${toolchain.missing}`);
}, 900_000);

/** The command of spec/README.md, with the same answer each time. */
const [command = ''] = /^schemathesis run .*$/m.exec(await readFile('spec/README.md', 'utf8')) ?? [];

/** Fuzzes a service and returns the report. */
async function fuzz(baseUrl: string, options = ''): Promise<{ code: number | null; stdout: string }> {
  // It stores what it finds in its directory.
  const cwd = await mkdtemp(join(tmpdir(), 'schemathesis-'));
  onTestFinished(() => rm(cwd, { recursive: true }));
  await cp('spec/openapi.yaml', join(cwd, 'dist/openapi.yaml'));
  const script = `${command.replace('http://127.0.0.1:4010/v1.0', baseUrl)} --seed 1 --no-color ${options}`;
  return runProgram('sh', ['-c', script], { cwd, env: toolchain.env });
}

it('the mock passes every check, also along the links of the contract', { timeout: 300_000 }, async ({ skip }) => {
  if (toolchain.missing) skip(toolchain.missing);
  const { baseUrl, close } = await startMock({ items: 20, blobs: 2 });
  onTestFinished(close);
  const { code, stdout } = await fuzz(baseUrl);
  expect(code, stdout).toBe(0);
  expect(stdout).toMatch(/Operations: +3 selected[\s\S]* Stateful [\s\S]*API Links: +[23] covered/);
  for (const phase of ['Examples', 'Coverage', 'Fuzzing', 'Stateful']) expect(stdout).toContain(`✅ ${phase}\n`);
});

const month = toBlob([...partnerMonth(5)]);
const found = [
  ['omits the Location', 'Missing required response headers'],
  ['uses an unknown type', 'Unknown discriminator value'],
  ['cuts off the operation', 'JSON deserialization error'],
  ['has a manifest without a directory', 'Response violates schema'],
] as const;

it.for([['follows the contract', undefined] as const, ...found])(
  'a service that %s is told apart',
  { timeout: 300_000 },
  async ([name, failure], { skip }) => {
    if (toolchain.missing) skip(toolchain.missing);
    const blobs = { 'part-00000.c000.json.gz': month, 'part-00001.c000.json.gz': month };
    const service = await startIndependentService(blobs, brokenServices.find(([, what]) => what === name)?.[2]);
    onTestFinished(service.close);
    // This service takes an empty client-request-id for a missing one, which the contract does not allow a client to send.
    const exceptions = '--max-examples 15 --exclude-checks negative_data_rejection';
    const { code, stdout } = await fuzz(`${service.url}/v1.0`, exceptions);
    expect(code, stdout).toBe(failure ? 1 : 0);
    if (failure) expect(stdout).toContain(failure);
  },
);
