import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it, onTestFinished } from 'vitest';
import type { Answer, Order } from '../support/lock-racer.ts';
import { emptyDirectory } from '../support/play.ts';

const racerFile = fileURLToPath(new URL('../support/lock-racer.ts', import.meta.url));

/** A process ID that no process has, as it exceeds the maximum of Linux and macOS. */
const DEAD = 2 ** 22 + 1;

const deadLock = (id: string) => JSON.stringify({ id, pid: DEAD, host: hostname() });

async function answerOf(racer: ChildProcess): Promise<Answer> {
  const [answer] = await once(racer, 'message');
  return answer;
}

async function startRacers(count: number, mode = 'links'): Promise<ChildProcess[]> {
  const racers = Array.from({ length: count }, () => fork(racerFile, [mode], { execArgv: [] }));
  onTestFinished(async () => {
    for (const racer of racers) if (racer.kill('SIGKILL')) await once(racer, 'exit');
  });
  await Promise.all(racers.map(answerOf));
  return racers;
}

/** Sends all racers the same order and waits until each has carried it out. */
function order(racers: readonly ChildProcess[], message: Order): Promise<Answer[]> {
  const answers = racers.map(answerOf);
  for (const racer of racers) racer.send(message);
  return Promise.all(answers);
}

it.each([
  [2, 'links', 200],
  [4, 'links', 200],
  [4, 'no-links', 50],
])('%i processes race for a dead lock (%s), and exactly one wins each of %i races', async (count, mode, times) => {
  const root = await emptyDirectory();
  const racers = await startRacers(count, mode);
  const winners: number[] = [];
  for (let i = 0; i < times; i++) {
    const directory = join(root, `${i}`);
    await mkdir(directory);
    await writeFile(join(directory, 'export.lock'), deadLock('1'));
    const answers = await order(racers, { do: 'take', directory });
    winners.push(answers.filter(({ refused }) => refused === undefined).length);
    for (const { refused } of answers) if (refused) expect(refused).toMatch(/ is in use by process \d+ on /);
    await order(racers, { do: 'release' });
    expect(await readdir(directory)).toEqual([]);
  }
  expect(winners).toEqual(winners.map(() => 1));
});

it.each(['links', 'no-links'])(
  '4 processes take over one lock repeatedly (%s), and never hold it at the same time',
  async (mode) => {
    const directory = await emptyDirectory();
    await writeFile(join(directory, 'export.lock'), deadLock('1'));
    const racers = await startRacers(4, mode);
    const answers = await order(racers, { do: 'take and die', directory, times: 50, deadLock: deadLock('ID') });
    expect(answers).toEqual(racers.map(() => ({ overlaps: 0 })));
    expect(await readdir(directory)).toEqual(['export.lock']);
  },
);
