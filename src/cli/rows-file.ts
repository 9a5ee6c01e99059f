import { open } from 'node:fs/promises';
import { parseExact } from '../exact-numbers.ts';
import { parseLine, readLines } from '../line-items.ts';
import { columns } from './columns.ts';
import { type Digits, digitsOf, widest } from './digits.ts';
import { FormatError } from './format-error.ts';
import { type Row, toRow } from './row.ts';
import { type StoredBlob, storedBytes } from './stored-export.ts';

/**
 * Writes the rows of all blobs as JSON Lines in which every value is a string: DuckDB reads JSON numbers through doubles,
 * even into a DECIMAL or VARCHAR column. Resolves with the digits that the decimals need, by column.
 */
export async function writeRows(
  path: string,
  blobs: readonly StoredBlob[],
  names: readonly string[],
  signal: AbortSignal,
): Promise<Map<string, Digits>> {
  const digits = new Map<string, Digits>();
  const wanted = new Set(names);
  const decimals = names.filter((name) => columns[name] === 'decimal');
  const file = await open(path, 'wx', 0o600);
  try {
    for (const blob of blobs) {
      let lineNumber = 0;
      for await (const lines of readLines(blob.name, storedBytes(blob, signal))) {
        let text = '';
        for (const line of lines) {
          lineNumber++;
          const row = parseRow(line, wanted, blob.name, lineNumber);
          if (!row) continue;
          for (const name of decimals) {
            const needed = digitsOf(row[name] ?? '');
            if (needed) digits.set(name, widest(digits.get(name), needed));
          }
          text += `${JSON.stringify(row)}\n`;
        }
        await file.writeFile(text);
      }
    }
  } finally {
    await file.close();
  }
  return digits;
}

function parseRow(line: string, wanted: ReadonlySet<string>, blobName: string, lineNumber: number): Row | undefined {
  const item = parseLine(line, parseExact, blobName, lineNumber);
  try {
    return item && toRow(item, wanted);
  } catch (error) {
    if (!(error instanceof FormatError)) throw error;
    throw new FormatError(`Line ${lineNumber} of blob "${blobName}": ${error.message}.`);
  }
}
