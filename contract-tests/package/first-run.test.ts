import { execFile } from 'node:child_process';
import { resolve } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { partnerMonth, type StoredItem } from '../kit/mock/partner-month.ts';
import { emptyDirectory } from '../support/play.ts';

/** Runs the program of `npm start` in an empty directory, because it writes to `demo-output`. */
async function npmStart(args: string[], env: Record<string, string> = {}) {
  const options = { cwd: await emptyDirectory(), env: { ...process.env, ...env } };
  return promisify(execFile)(process.execPath, [resolve('examples/first-run.ts'), ...args], options);
}

/** Adds amounts with up to 24 digits after the point, and returns the sum with that many, or rounded to `places`. */
function add(items: StoredItem[], places = 24): string {
  let sum = 0n;
  for (const { BillingPreTaxTotal = '' } of items) {
    const [whole, fraction = ''] = BillingPreTaxTotal.split('.');
    sum += BigInt(`${whole}${fraction.padEnd(24, '0')}`);
  }
  const unit = 10n ** BigInt(24 - places);
  const digits = `${(sum + unit / 2n) / unit}`;
  const whole = BigInt(digits.slice(0, -places)).toLocaleString('en');
  return `${whole}.${digits.slice(-places)}`;
}

describe('npm start', () => {
  it('prints each step, the exact total of the stored month, and those of its customers', async () => {
    const { stdout, stderr } = await npmStart([]);
    for (const step of ['started', 'notStarted', 'running', '3 of 3 blobs: 12,000 line items']) {
      expect(stderr).toContain(step);
    }
    const month = [...partnerMonth(12_000)];
    expect(stdout).toMatch(new RegExp(`${add(month).replace(/0+$/, '')} +12,000 +USD`));
    for (const name of ['Woodgrove Bank', '東京物産株式会社']) {
      const items = month.filter((item) => item.CustomerName === name);
      expect(stdout).toMatch(new RegExp(`${add(items, 2)} +${items.length.toLocaleString('en')} +USD +${name}`));
    }
    expect(stdout).toContain('GRAPH_ACCESS_TOKEN=… npm start -- --live --currency USD --period last');
  }, 60_000);

  it('--live passes its arguments to the command, and has its exit code', async () => {
    const env = { GRAPH_ACCESS_TOKEN: 'x' };
    const error = await npmStart(['--live', '--currency', 'USD', '--period', 'next'], env).catch((reason) => reason);
    expect(error).toMatchObject({ code: 2, stderr: expect.stringContaining('period') });
  });
});
