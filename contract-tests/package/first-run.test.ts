import { execFile } from 'node:child_process';
import { resolve } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { partnerMonth } from '../kit/mock/partner-month.ts';
import { emptyDirectory } from '../support/play.ts';

/** Runs the program of `npm start` in an empty directory, because it writes to `demo-output`. */
async function npmStart(args: string[], env: Record<string, string> = {}) {
  const options = { cwd: await emptyDirectory(), env: { ...process.env, ...env } };
  return promisify(execFile)(process.execPath, [resolve('examples/first-run.ts'), ...args], options);
}

/** Adds decimals with up to 24 digits after the point as integers. */
function exactSum(amounts: Iterable<string>): string {
  const places = 24;
  let sum = 0n;
  for (const amount of amounts) {
    const [, sign, whole, fraction = ''] = /^(-?)(\d+)(?:\.(\d+))?$/.exec(amount) ?? [];
    sum += BigInt(`${sign}${whole}${fraction.padEnd(places, '0')}`);
  }
  const digits = sum.toString().padStart(places + 1, '0');
  return `${digits.slice(0, -places)}.${digits.slice(-places)}`.replace(/0+$/, '');
}

describe('npm start', () => {
  it('prints each step, and the exact totals of the stored month', async () => {
    const { stdout, stderr } = await npmStart([]);
    for (const step of ['started', 'notStarted', 'running', '3 of 3 blobs: 12,000 line items']) {
      expect(stderr).toContain(step);
    }
    const month = [...partnerMonth(12_000)];
    expect(stdout).toMatch(new RegExp(`${exactSum(month.map((item) => item.BillingPreTaxTotal ?? ''))} +12,000 +USD`));
    for (const name of ['Woodgrove Bank', '東京物産株式会社']) {
      const items = month.filter((item) => item.CustomerName === name);
      const total = exactSum(items.map((item) => item.BillingPreTaxTotal ?? ''));
      expect(stdout).toMatch(new RegExp(`${total} +${items.length.toLocaleString('en')} +USD .*${name}`));
    }
    expect(stdout).toContain('GRAPH_ACCESS_TOKEN=… npm start -- --live --currency USD --period last');
  }, 60_000);

  it('--live passes its arguments to the command, and has its exit code', async () => {
    const env = { GRAPH_ACCESS_TOKEN: 'x' };
    const error = await npmStart(['--live', '--currency', 'USD', '--period', 'next'], env).catch((reason) => reason);
    expect(error).toMatchObject({ code: 2, stderr: expect.stringContaining('period') });
  });
});
