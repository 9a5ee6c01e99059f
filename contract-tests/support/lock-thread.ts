import { once } from 'node:events';
import { parentPort, workerData } from 'node:worker_threads';
import { lock } from '../../src/node/lock.ts';

/** Takes the lock of a directory in a separate thread, and releases it after a message. */
const unlock = await lock(workerData);
if (parentPort) {
  const message = once(parentPort, 'message');
  parentPort.postMessage('locked');
  await message;
  await unlock();
  parentPort.close();
}
