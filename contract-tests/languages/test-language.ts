import { cp, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { writeDist } from '../../spec/build/dist-files.ts';
import { MadeUpData } from '../kit/mock/made-up-data.ts';
import { type Mock, startMock } from '../kit/mock/start-mock.ts';
import { runProgram } from '../support/run-program.ts';
import type { Language } from './language.ts';
import { lineItems } from './line-items.ts';
import { installToolchain, type Toolchain } from './toolchain.ts';

// Without the attributes in their second spelling, which some clients read as the first one, and others drop.
const madeUp = new MadeUpData({ items: 300, blobs: 1, seed: 1 }).lines({ currencyCode: 'USD', billingPeriod: 'last' });
const lines = [...madeUp].filter((line) => !/"(BenefitID|BenefitOrderID|ResourceUri)":/.test(line));
const stored = lines.join('\n');

/** Tests each client of a language, as spec/README.md describes it, with an embedded and with a linked manifest. */
export function testLanguage(language: Language): void {
  describe(language.name, () => testRows(language));
}

function testRows(language: Language): void {
  let toolchain: Toolchain;
  let mocks: Record<'success' | 'linked', Mock>;
  beforeAll(async () => {
    toolchain = await installToolchain(language);
    if (toolchain.missing) return console.warn(`Skipped: ${language.name} ${toolchain.missing}`);
    const [success, linked] = await Promise.all([
      startMock({ lines, scenario: 'success' }),
      startMock({ lines, scenario: 'linked' }),
    ]);
    mocks = { success, linked };
    return () => Promise.all([success.close(), linked.close()]);
  }, 900_000);

  describe.each(language.rows)('$tool', ({ command, program, build = 'true', run, amounts }) => {
    let folder: string;
    beforeAll(async () => {
      folder = await mkdtemp(join(tmpdir(), 'language-'));
      await cp(join(import.meta.dirname, program), folder, { recursive: true });
      writeDist(join(folder, 'dist'));
      return () => rm(folder, { recursive: true });
    });
    const shell = async (script: string, variables: NodeJS.ProcessEnv = {}) => {
      const env = { ...toolchain.env, ...variables };
      const { code, stdout, stderr } = await runProgram('sh', ['-ec', script], { cwd: folder, env });
      if (code !== 0) throw new Error(`${script}\n${`${stdout}\n${stderr}`.slice(-4_000)}`);
      return stdout;
    };

    it('makes a client that compiles', { timeout: 900_000 }, async ({ skip }) => {
      if (toolchain.missing) skip(toolchain.missing);
      // The vendor's SDKs are installed already.
      if (amounts !== 'raw') await shell(command);
      await shell(build);
    });

    if (!run) return;
    it.for(['success', 'linked'] as const)('reads an export: %s', { timeout: 300_000 }, async (scenario, { skip }) => {
      if (toolchain.missing) skip(toolchain.missing);
      const read = await shell(run, { BASE_URL: mocks[scenario].baseUrl });
      expect(lineItems(read, amounts)).toEqual(lineItems(stored, amounts));
      if (amounts === 'double') expect(lineItems(read, 'exact')).not.toEqual(lineItems(stored, 'exact'));
    });
  });
}
