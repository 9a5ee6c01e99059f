import { expect, it } from 'vitest';
import { bundle, LIMIT } from '../../bench/bundle.ts';

it(`the library adds at most ${LIMIT} bytes to a browser bundle, minified and compressed`, async () => {
  const { bytes, files } = await bundle('src/index.ts');
  const listing = files.map((file) => `${String(file.bytes).padStart(6)} ${file.path}`).join('\n');
  expect(bytes, `size of each file before compression\n${listing}\n`).toBeLessThanOrEqual(LIMIT);
});
