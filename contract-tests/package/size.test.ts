import { expect, it } from 'vitest';
import { bundle, LIMIT } from '../../bench/bundle.ts';

it(`the whole flow takes no more than ${LIMIT} bytes of a browser bundle, minified and compressed`, async () => {
  const { bytes, files } = await bundle('src/index.ts');
  const listing = files.map((file) => `${String(file.bytes).padStart(6)} ${file.path}`).join('\n');
  expect(bytes, `before compression, each file takes\n${listing}\n`).toBeLessThanOrEqual(LIMIT);
});
