import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { oneOf, parse } from './arguments.ts';
import { type Digits, decimalType } from './digits.ts';
import { identifier, importDuckDB, rowsIn, withDuckDB } from './duckdb.ts';
import { FormatError } from './format-error.ts';
import { writeRows } from './rows-file.ts';
import { type StoredBlob, storedBlobs } from './stored-export.ts';
import { table } from './table.ts';

const groupings = {
  customer: ['CustomerId', 'CustomerName'],
  subscription: ['SubscriptionId', 'SubscriptionDescription'],
  product: ['ProductId', 'ProductName'],
  day: ['UsageDate'],
} as const;

interface Group {
  [key: string]: string | number | null;
  BillingCurrency: string | null;
  lineItems: number;
  BillingPreTaxTotal: string | null;
}

/** `unbilled-usage summary` */
export async function run(args: string[], signal: AbortSignal): Promise<void> {
  const { values, positionals } = parse(args, { by: { type: 'string' }, json: { type: 'boolean' } }, ['DIR']);
  const by = oneOf('--by', values.by, Object.keys(groupings) as (keyof typeof groupings)[]);
  const keys = by ? groupings[by] : [];
  const blobs = await storedBlobs(positionals[0] ?? '');
  const groups = await summarize(blobs, keys, signal);
  if (values.json) {
    const lineItems = groups.reduce((sum, group) => sum + group.lineItems, 0);
    console.log(JSON.stringify({ by: by ?? null, lineItems, groups }));
    return;
  }
  const headings = ['BillingPreTaxTotal', 'line items', 'BillingCurrency', ...keys];
  const rows = groups.map((group) => [
    group.BillingPreTaxTotal ?? '',
    group.lineItems.toLocaleString('en'),
    group.BillingCurrency ?? '',
    ...keys.map((key) => String(group[key] ?? '')),
  ]);
  for (const line of table(headings, rows, 2)) console.log(line);
}

async function summarize(blobs: readonly StoredBlob[], keys: readonly string[], signal: AbortSignal): Promise<Group[]> {
  const duckdb = await importDuckDB('summary needs');
  const names = [...keys, 'BillingCurrency', 'BillingPreTaxTotal'];
  const scratch = await mkdtemp(join(tmpdir(), 'unbilled-usage-'));
  try {
    const rows = join(scratch, 'rows.jsonl');
    const digits = await writeRows(rows, blobs, names, signal);
    const groups = await withDuckDB(duckdb, signal, (query) =>
      query(`SELECT ${keys.map((key) => `${cell(key)} AS ${identifier(key)}, `).join('')}
        BillingCurrency,
        count(*)::INTEGER AS lineItems,
        sum(CAST(BillingPreTaxTotal AS ${typeOf(digits.get('BillingPreTaxTotal'))})) AS BillingPreTaxTotal
        FROM ${rowsIn(rows, names)}
        GROUP BY ALL
        ORDER BY ${['BillingPreTaxTotal DESC NULLS LAST', 'BillingCurrency', ...keys.map(identifier)].join(', ')}`),
    );
    return (groups as Group[]).map((group) => ({ ...group, BillingPreTaxTotal: trimmed(group.BillingPreTaxTotal) }));
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}

/** No more places than needed: the rest of the 38 digits is for the sum. */
function typeOf(digits: Digits = { whole: 0, places: 0 }): string {
  const type = decimalType(digits, 0);
  if (type) return type;
  throw new FormatError('BillingPreTaxTotal has numbers of more than 38 digits.');
}

function cell(key: string): string {
  return key === 'UsageDate' ? `${identifier(key)}[:10]` : identifier(key);
}

function trimmed(total: string | null): string | null {
  return total?.includes('.') ? total.replace(/\.?0+$/, '') : total;
}
