// Writes the line items as a script for psql, which loads them into a table with COPY. With `npm run mock`:
//
//   UNBILLED_USAGE_BASE_URL=http://127.0.0.1:4010/v1.0 GRAPH_ACCESS_TOKEN=any npx node examples/postgres-copy.ts USD | psql --quiet --set ON_ERROR_STOP=1
//
// psql treats the end of its input as the end of the rows. So the script ends with COMMIT, which is missing from an
// interrupted stream. With `psql -c '\copy … from stdin'`, an interruption would leave half of the rows.
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createUnbilledUsageClient, type UsageLineItem } from 'partner-unbilled-usage';

/** Attributes with their columns and types. Add those that you need. Amounts keep every digit. */
const columns: [keyof UsageLineItem, string, string][] = [
  ['CustomerId', 'customer_id', 'text'],
  ['CustomerName', 'customer_name', 'text'],
  ['SubscriptionId', 'subscription_id', 'text'],
  ['ProductName', 'product_name', 'text'],
  ['MeterName', 'meter_name', 'text'],
  ['UsageDate', 'usage_date', 'timestamptz'],
  ['Quantity', 'quantity', 'numeric'],
  ['UnitPrice', 'unit_price', 'numeric'],
  ['BillingPreTaxTotal', 'billing_pre_tax_total', 'numeric'],
  ['BillingCurrency', 'billing_currency', 'text'],
  ['Tags', 'tags', 'text'],
  ['AdditionalInfo', 'additional_info', 'text'],
];

const escapes: Record<string, string> = { '\\': '\\\\', '\t': '\\t', '\n': '\\n', '\r': '\\r' };

/**
 * Returns a value in the text format of COPY.
 *
 * @see https://www.postgresql.org/docs/current/sql-copy.html#id-1.9.3.55.9.2
 */
function cell(value: unknown): string {
  if (value === undefined || value === null || value === '') return '\\N';
  return String(value).replace(/[\\\t\n\r]/g, (character) => escapes[character] ?? character);
}

async function* script(items: AsyncIterable<UsageLineItem>): AsyncGenerator<string> {
  const names = columns.map(([, name]) => name);
  yield `BEGIN;
SET LOCAL client_encoding = 'UTF8';
SET LOCAL TIME ZONE 'UTC'; -- for dates without an offset
CREATE TABLE IF NOT EXISTS unbilled_usage (${columns.map(([, name, type]) => `${name} ${type}`).join(', ')});
COPY unbilled_usage (${names.join(', ')}) FROM STDIN;
`;
  for await (const item of items) yield `${columns.map(([attribute]) => cell(item[attribute])).join('\t')}\n`;
  yield '\\.\nCOMMIT;\n';
}

const [currencyCode = 'USD'] = process.argv.slice(2);
const client = createUnbilledUsageClient({
  credential: () => process.env.GRAPH_ACCESS_TOKEN ?? '',
  baseUrl: process.env.UNBILLED_USAGE_BASE_URL,
});
const items = client.exportLineItems({ currencyCode, billingPeriod: 'last' }, { numbers: 'string' });
await pipeline(Readable.from(script(items)), process.stdout);
