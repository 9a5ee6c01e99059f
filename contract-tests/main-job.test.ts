import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { partnerMonth } from './harness/partner-month.ts';

const npmStart = (args: string[], env: Record<string, string> = {}) =>
  promisify(execFile)(process.execPath, ['contract-tests/main-job.ts', ...args], { env: { ...process.env, ...env } });

/** The sum of decimals below 10^9 with up to 24 digits behind the point, by integers. */
function exactSum(amounts: Iterable<string>): string {
  const places = 24;
  let sum = 0n;
  for (const amount of amounts) {
    const [, sign, whole, fraction = ''] = /^(-?)(\d+)(?:\.(\d+))?$/.exec(amount) ?? [];
    sum += BigInt(`${sign}${whole}${fraction.padEnd(places, '0')}`);
  }
  const digits = sum.toString().padStart(places + 1, '0');
  const whole = digits.slice(0, -places).replace(/\B(?=(\d{3})+$)/g, ',');
  return `${whole}.${digits.slice(-places)}`.replace(/0+$/, '');
}

describe('npm start', () => {
  it('shows each step and the exact totals of the stored month', async () => {
    const { stdout, stderr } = await npmStart([]);
    const month = [...partnerMonth(12_000)];
    const steps = ['a mock of the service at http://127', 'export started', 'notStarted', 'running', 'succeeded'];
    const said = [...steps, 'blob 3 of 3 read: 12,000 line items'].map((text) => stdout.indexOf(text));
    expect(said).toEqual([...said].sort((a, b) => a - b));
    expect(said).not.toContain(-1);
    expect(stdout).toMatch(/line items +12,000\n/);
    expect(stdout).toContain(exactSum(month.map((item) => item.BillingPreTaxTotal ?? '')));
    for (const name of ['Woodgrove Bank', 'Contoso Ltd.']) {
      const amounts = month.filter((item) => item.CustomerName === name).map((item) => item.BillingPreTaxTotal ?? '');
      expect(stdout).toContain(exactSum(amounts));
    }
    expect(stdout).toContain('GRAPH_ACCESS_TOKEN=… npm start -- --live --currency USD --period last');
    expect(stderr).toBe('');
  }, 30_000);

  it.each([
    ['without a token', ['--live'], { GRAPH_ACCESS_TOKEN: '' }, 'InvalidRequestError: credential is empty'],
    ['with a wrong period', ['--live', '--period', 'next'], { GRAPH_ACCESS_TOKEN: 'x' }, 'billingPeriod is "next"'],
    ['with a flag that does not exist', ['--foo'], {}, "Unknown option '--foo'"],
  ])('--live %s says so in one line and fails', async (_, args, env, message) => {
    const error = await npmStart(args, env).catch((thrown) => thrown);
    expect(error).toMatchObject({ code: 1, stdout: '', stderr: expect.stringContaining(message) });
    expect(error.stderr.trim().split('\n')).toHaveLength(1);
  });
});
