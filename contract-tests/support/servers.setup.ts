import type { TestProject } from 'vitest/node';
import { startPrism } from '../kit/mock/prism.ts';

/** Starts one Prism for all suites. It has no state that tests could disturb. */
export default async function setup({ provide }: TestProject): Promise<() => Promise<void>> {
  const prism = await startPrism();
  provide('prismUrl', prism.url);
  return prism.close;
}
