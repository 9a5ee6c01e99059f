import { readFile } from 'node:fs/promises';
import { expect, it } from 'vitest';
import { withTable } from './table.ts';

it('spec/README.md has the table of the tested languages', async () => {
  const page = '../../spec/README.md';
  await expect(withTable(await readFile(new URL(page, import.meta.url), 'utf8'))).toMatchFileSnapshot(page);
});
