import { once } from 'node:events';
import { parentPort, workerData } from 'node:worker_threads';
import { lock } from '../../src/node/lock.ts';

/** Takes the lock of a directory as a thread of its own, and gives it up when it is told to. */
const unlock = await lock(workerData);
if (parentPort) {
  const told = once(parentPort, 'message');
  parentPort.postMessage('locked');
  await told;
  await unlock();
  parentPort.close();
}
