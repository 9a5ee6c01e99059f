import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { retryLine } from '../../src/cli/screen/attempts.ts';
import { exportArgs, newDirectory, run } from '../support/command.ts';
import { inMemory, manifestOf } from '../support/faulty-download.ts';
import { breakOff, type Fault, refuse } from '../support/faulty-storage.ts';
import { accepted, example, handle, refusal, scripted, succeeded } from '../support/play.ts';

const path = '/v1.0/reports/partners/billing';
const operation = `${path}/operations/${handle.operationId}`;
const blobs = { a: gzipSync('{"Unit":"1"}\n') };
const later = { 'retry-after': '1' };

/** Starts a service that throttles a poll, and a storage that is busy and has these faults after it. */
async function startBusyService(...faults: Fault[]) {
  const storage = await inMemory(blobs, [refuse(503, later), ...faults]);
  const service = await scripted(
    accepted,
    refusal(429, { ...later, 'request-id': 'graph-2' }),
    succeeded(storage.behind(manifestOf(blobs))),
  );
  return { service, storage };
}

describe('a retry that waits', () => {
  const announced = [
    `retrying 2 of 5 in 1 s: GET ${operation} answered 429`,
    'retrying 2 of 5 in 1 s: Blob "a" was refused with 503.',
  ];

  it('is announced with its number, the wait and the reason', async () => {
    const { service } = await startBusyService(breakOff('reset', 0.5));
    const { code, stderr } = await run(exportArgs(service, await newDirectory()));
    expect(code).toBe(0);
    expect(stderr.split('\n').filter((line) => line.startsWith('retrying'))).toEqual([
      ...announced,
      expect.stringMatching(/^retrying 3 of 5 in [12] s: Blob "a" broke off after \d+ bytes: .*ECONNRESET/),
    ]);
  });

  it('has no number after the fifth attempt, since the data of a blob brings it further ones', () => {
    const attempt = {
      method: 'GET',
      url: 'https://storage.example/a',
      durationMs: 1,
      error: new Error('It broke off.'),
    };
    expect(retryLine({ ...attempt, attempt: 4 }, '9 s')).toBe('retrying 5 of 5 in 9 s: It broke off.');
    expect(retryLine({ ...attempt, attempt: 5 }, '9 s')).toBe('retrying in 9 s: It broke off.');
  });

  it('is announced by status, too', async () => {
    const service = await scripted(refusal(503, later), { body: example('running') });
    const outcome = await run(['status', handle.operationId, '--base-url', `${service.url}/v1.0`]);
    expect(outcome).toMatchObject({ code: 0, stderr: `retrying 2 of 5 in 1 s: GET ${operation} answered 503\n` });
  });

  it('is not announced with --quiet', async () => {
    const { service } = await startBusyService();
    expect(await run(exportArgs(service, await newDirectory(), '--quiet'))).toEqual({
      code: 0,
      stdout: '',
      stderr: '',
    });
  });

  it('leaves the bar of a terminal intact', async () => {
    const { service } = await startBusyService();
    const args = exportArgs(service, await newDirectory());
    const env = { TERM: 'xterm', NO_COLOR: '1' };
    const { stderr } = await run(args, { env, terminal: { isTTY: true, columns: 80 } });
    // A terminal shows what follows the last deletion of a line.
    const lines = stderr.split('\n').map((line) => line.split('\r\x1b[K'));
    expect(lines.map((frames) => frames.at(-1))).toEqual([...announced, '']);
    expect(lines[1]?.some((frame) => /^░{20} {2}0\/1 blob /.test(frame))).toBe(true);
    expect(lines[2]?.[1]).toMatch(/^░{20} {2}0\/1 blob /);
  });
});

describe('--verbose', () => {
  it('prints each request to Microsoft Graph and the storage, without a query', async () => {
    const { service, storage } = await startBusyService();
    const { code, stderr } = await run(exportArgs(service, await newDirectory(), '--verbose'));
    expect(code).toBe(0);
    const requests = stderr.split('\n').filter((line) => /^(GET|POST)/.test(line));
    const ids = service.requests.map(({ headers }) => `client-request-id ${headers['client-request-id']}`);
    const blob = `GET ${storage.behind(manifestOf(blobs)).rootDirectory}/a`;
    expect(requests.map((line) => line.replace(/(?<= in )[\d,]+(?= ms)/, '…'))).toEqual([
      `POST ${service.url}${path}/usage/unbilled/export 202 in … ms, ${ids[0]}`,
      `GET ${service.url}${operation} 429 in … ms, ${ids[1]}, request-id graph-2`,
      `GET ${service.url}${operation} 200 in … ms, ${ids[2]}`,
      `${blob} 503 in … ms`,
      `${blob} 200 in … ms`,
    ]);
  });

  it('prints a request without an answer', async () => {
    const args = exportArgs({ url: 'http://127.0.0.1:9' }, await newDirectory(), '--timeout', '1s', '--verbose');
    const { stderr } = await run(args);
    const url = `http://127.0.0.1:9${path}/usage/unbilled/export`;
    expect(stderr.replace(/ in [\d,]+ ms/, ' in … ms')).toMatch(
      new RegExp(`^POST ${url} no answer in … ms, client-request-id [\\w-]{36}\nretrying 2 of 5 in 1 s: POST .*\n`),
    );
  });

  it('with --quiet prints the requests and no progress', async () => {
    const { service } = await startBusyService();
    const { stdout, stderr } = await run(exportArgs(service, await newDirectory(), '--quiet', '--verbose'));
    expect(stdout).toBe('');
    for (const line of stderr.trimEnd().split('\n')) expect(line).toMatch(/^(GET|POST|retrying) /);
  });
});
