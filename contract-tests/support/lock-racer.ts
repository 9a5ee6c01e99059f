import { promises, writeFileSync } from 'node:fs';
import { rename, rm, writeFile } from 'node:fs/promises';
import { syncBuiltinESMExports } from 'node:module';
import { join } from 'node:path';

/**
 * An order from the parent process: take a lock that others take at the same moment, release it, or take one
 * repeatedly. With the first argument `no-links`, hard links do not work.
 */
export type Order =
  | { do: 'take'; directory: string }
  | { do: 'release' }
  | { do: 'take and die'; directory: string; times: number; deadLock: string };

/** The outcome, which is empty if the lock was taken or released. */
export interface Answer {
  refused?: string;
  overlaps?: number;
}

if (process.argv[2] === 'no-links') {
  promises.link = async () => {
    throw Object.assign(new Error('EPERM: operation not permitted, link'), { code: 'EPERM' });
  };
  syncBuiltinESMExports();
}
const { clearLeftovers, LOCK, lock } = await import('../../src/node/lock.ts');
const { readdir } = promises;

let unlock = async () => {};

async function obey(order: Order): Promise<Answer> {
  if (order.do === 'release') {
    await unlock();
    unlock = async () => {};
    return {};
  }
  if (order.do === 'take') {
    try {
      unlock = await lock(order.directory);
      return {};
    } catch (error) {
      return { refused: String(error) };
    }
  }
  return takeAndDie(order.directory, order.times, order.deadLock);
}

/** Takes a lock repeatedly. Each time, leaves the lock of a dead process for the others to take over. */
async function takeAndDie(directory: string, times: number, deadLock: string): Promise<Answer> {
  const inside = join(directory, 'inside');
  const left = join(directory, `left-by-${process.pid}`);
  let overlaps = 0;
  for (let count = 0; count < times; ) {
    const release = await lock(directory).catch((error) => {
      if (!/is in use by process/.test(error.message)) throw error;
    });
    if (!release) continue;
    count++;
    try {
      writeFileSync(inside, '', { flag: 'wx' });
    } catch {
      overlaps++;
    }
    await clearLeftovers(directory, await readdir(directory));
    await writeFile(left, deadLock.replace('ID', `${process.pid}-${count}`));
    await rm(inside, { force: true });
    await rename(left, join(directory, LOCK));
    await release();
  }
  return { overlaps };
}

process.on('message', async (order: Order) => {
  try {
    process.send?.(await obey(order));
  } catch (error) {
    process.send?.({ refused: String(error) });
  }
});
process.send?.({});
