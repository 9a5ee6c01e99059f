import type { TestProject } from 'vitest/node';
import { startPrism } from '../kit/mock/prism.ts';
import { startStorage } from './storage.ts';

/** Starts one Prism and one storage emulator for all suites. Neither has state that tests could disturb. */
export default async function setup({ provide }: TestProject): Promise<() => Promise<void>> {
  const storage = await startStorage();
  const prism = await startPrism();
  provide('prismUrl', prism.url);
  provide('storageUrl', storage.url);
  return async () => {
    await Promise.all([prism.close(), storage.close()]);
  };
}
