import { parseExact } from '../../exact-numbers.ts';
import { readItems, type StoredFile } from '../../node/stored-file.ts';
import { FormatError } from '../errors.ts';
import { plain, print, printJson } from '../screen/print.ts';
import { table } from '../screen/table.ts';
import { decimalType, digitsOf } from '../tables/digits.ts';
import { type Row, toRow } from '../tables/row.ts';
import { Sum } from '../tables/sum.ts';
import { oneOf, parse } from './arguments.ts';
import { readFiles } from './stored.ts';

const groupings = {
  customer: ['CustomerId', 'CustomerName'],
  subscription: ['SubscriptionId', 'SubscriptionDescription'],
  product: ['ProductId', 'ProductName'],
  day: ['UsageDate'],
} as const;

/** The line items that agree in their currency and in what they are grouped by. */
interface Group {
  cells: Row;
  lineItems: number;
  total: Sum;
}

/** `unbilled-usage summary` */
export async function run(args: string[], signal: AbortSignal): Promise<void> {
  const { values, positionals } = parse(args, { by: { type: 'string' }, json: { type: 'boolean' } }, ['DIR']);
  const by = oneOf('--by', values.by, Object.keys(groupings) as (keyof typeof groupings)[]);
  const keys = by ? groupings[by] : [];
  const groups = await readFiles(positionals[0] ?? '', (files) => summarize(files, keys, signal));
  if (values.json) {
    const lineItems = groups.reduce((sum, group) => sum + group.lineItems, 0);
    const rows = groups.map(({ cells, lineItems, total }) => ({
      ...Object.fromEntries([...keys, 'BillingCurrency'].map((key) => [key, cells[key] ?? null])),
      lineItems,
      BillingPreTaxTotal: total.text,
    }));
    return printJson({ by: by ?? null, lineItems, groups: rows });
  }
  const headings = ['BillingPreTaxTotal', 'line items', 'BillingCurrency', ...keys];
  const rows = groups.map(({ cells, lineItems, total }) => [
    total.text ?? '',
    lineItems.toLocaleString('en'),
    ...['BillingCurrency', ...keys].map((key) => plain(cells[key] ?? '')),
  ]);
  for (const line of table(headings, rows, 2)) print(line);
}

/** The groups, the greatest total first. */
async function summarize(files: readonly StoredFile[], keys: readonly string[], signal: AbortSignal): Promise<Group[]> {
  const names = ['BillingCurrency', ...keys];
  const wanted = new Set([...names, 'BillingPreTaxTotal']);
  const groups = new Map<string, Group>();
  for (const file of files) {
    for await (const batch of readItems(file, parseExact, signal)) {
      for (const [item, lineNumber] of batch) {
        const where = `Line ${lineNumber} of blob "${file.name}"`;
        const { BillingPreTaxTotal: amount = '', ...cells } = toRow(item, wanted, where);
        if (cells.UsageDate) cells.UsageDate = cells.UsageDate.slice(0, 10);
        const key = JSON.stringify(names.map((name) => cells[name]));
        const group = groups.get(key) ?? { cells, lineItems: 0, total: new Sum() };
        groups.set(key, group);
        group.lineItems++;
        const digits = digitsOf(amount);
        if (!digits) continue;
        if (!decimalType(digits, 0)) throw new FormatError(`${where}: BillingPreTaxTotal has more than 38 digits.`);
        group.total.add(amount);
      }
    }
  }
  const name = ({ cells }: Group) => names.map((key) => cells[key] ?? '').join('\n');
  return [...groups.values()].sort((a, b) => Sum.compare(b.total, a.total) || (name(a) < name(b) ? -1 : 1));
}
