import { readdir, readFile, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { partnerMonth } from '../kit/mock/partner-month.ts';
import { run } from '../support/command.ts';
import { downloadItems } from '../support/download-items.ts';
import { emptyDirectory } from '../support/play.ts';

// The commands that group and add up line items: `summary` and `diff`.

/** Returns a decimal as written, multiplied by 10^30. */
function scaled(text: string): bigint {
  const [mantissa = '', exponent = '0'] = text.toLowerCase().split('e');
  const [whole = '', fraction = ''] = mantissa.split('.');
  return BigInt(whole + fraction) * 10n ** BigInt(30 + Number(exponent) - fraction.length);
}

const contoso = { CustomerId: 'c', CustomerName: 'Contoso', BillingCurrency: 'USD' };
const tokyo = { CustomerId: 't', CustomerName: '東京物産株式会社', BillingCurrency: 'USD' };
const cafe = { CustomerId: 'k', CustomerName: 'Café 🚚', BillingCurrency: 'USD' };

const month = [
  {
    ...contoso,
    ProductId: 'p1',
    ProductName: 'Storage',
    UsageDate: '2024-09-02T00:00:00Z',
    BillingPreTaxTotal: '1200.005',
  },
  { ...contoso, ProductId: 'p2', ProductName: 'VMs', UsageDate: '2024-09-01T00:00:00Z', BillingPreTaxTotal: '34.5' },
  { ...tokyo, ProductId: 'p2', ProductName: 'VMs', UsageDate: '2024-09-01T00:00:00Z', BillingPreTaxTotal: '617.2525' },
  {
    ...tokyo,
    ProductId: 'p1',
    ProductName: 'Storage',
    UsageDate: '2024-09-01T23:30:00-01:00',
    BillingPreTaxTotal: '0',
  },
  {
    ...cafe,
    ProductId: 'p1',
    ProductName: 'Storage',
    UsageDate: '2024-09-02T00:00:00Z',
    BillingPreTaxTotal: '-0.1234567890123456789012',
  },
  { ...cafe, BillingCurrency: 'EUR', BillingPreTaxTotal: '1e-7' },
];

const lines = async (args: string[], options = {}) => {
  const outcome = await run(args, options);
  expect(outcome).toMatchObject({ code: 0, stderr: '' });
  return outcome.stdout.split('\n');
};

describe('summary', () => {
  it('adds up each currency', async () => {
    expect(await lines(['summary', await downloadItems(...month)])).toMatchInlineSnapshot(`
      [
        "pre-tax total  line items  currency",
        "     1,851.63           5  USD",
        "         0.00           1  EUR",
        "",
      ]
    `);
  });

  it('shows every digit with --exact, aligned at the point', async () => {
    expect(await lines(['summary', await downloadItems(...month), '--exact'])).toMatchInlineSnapshot(`
      [
        "               pre-tax total  line items  currency",
        "1,851.6340432109876543210988           5  USD",
        "    0.0000001                          1  EUR",
        "",
      ]
    `);
  });

  it('has a row for each customer, the largest total first, and totals below', async () => {
    expect(await lines(['summary', await downloadItems(...month), '--by', 'customer'])).toMatchInlineSnapshot(`
      [
        "pre-tax total  line items  currency  customer          customer ID",
        "     1,234.51           2  USD       Contoso           c",
        "       617.25           2  USD       東京物産株式会社  t",
        "        -0.12           1  USD       Café 🚚           k",
        "         0.00           1  EUR       Café 🚚           k",
        "     1,851.63           5  USD       total",
        "         0.00           1  EUR       total",
        "",
      ]
    `);
  });

  it('sorts days by date in UTC', async () => {
    expect(await lines(['summary', await downloadItems(...month), '--by', 'day'])).toMatchInlineSnapshot(`
      [
        "pre-tax total  line items  currency  day",
        "       651.75           2  USD       2024-09-01",
        "     1,199.88           3  USD       2024-09-02",
        "         0.00           1  EUR",
        "     1,851.63           5  USD       total",
        "         0.00           1  EUR       total",
        "",
      ]
    `);
  });

  it('groups by several attributes, one within the other', async () => {
    const args = ['summary', await downloadItems(...month), '--by', 'customer', '--by', 'day', '--by', 'customer'];
    expect(await lines(args)).toMatchInlineSnapshot(`
      [
        "pre-tax total  line items  currency  customer          day         customer ID",
        "        34.50           1  USD       Contoso           2024-09-01  c",
        "     1,200.01           1  USD       Contoso           2024-09-02  c",
        "       617.25           1  USD       東京物産株式会社  2024-09-01  t",
        "         0.00           1  USD       東京物産株式会社  2024-09-02  t",
        "        -0.12           1  USD       Café 🚚           2024-09-02  k",
        "         0.00           1  EUR       Café 🚚                       k",
        "     1,851.63           5  USD       total",
        "         0.00           1  EUR       total",
        "",
      ]
    `);
  });

  it('adds bars on a terminal, and cuts off what is too wide for it', async () => {
    const directory = await downloadItems(...month);
    const on = (columns: number) =>
      lines(['summary', directory, '--by', 'customer'], { terminal: { isTTY: true, columns } });
    expect(await on(200)).toMatchInlineSnapshot(`
      [
        "pre-tax total              line items  currency  customer          customer ID",
        "     1,234.51  ██████████           2  USD       Contoso           c",
        "       617.25  █████                2  USD       東京物産株式会社  t",
        "        -0.12                       1  USD       Café 🚚           k",
        "         0.00  ██████████           1  EUR       Café 🚚           k",
        "     1,851.63                       5  USD       total",
        "         0.00                       1  EUR       total",
        "",
      ]
    `);
    const narrow = await run(['summary', directory, '--by', 'customer'], { terminal: { isTTY: true, columns: 60 } });
    expect(narrow.stderr).toBe('Too narrow for customer ID: widen the terminal, or use --format csv --out FILE.\n');
    expect(narrow.stdout.split('\n')).toMatchInlineSnapshot(`
      [
        "pre-tax total  line items  currency  customer",
        "     1,234.51           2  USD       Contoso",
        "       617.25           2  USD       東京物産株式会社",
        "        -0.12           1  USD       Café 🚚",
        "         0.00           1  EUR       Café 🚚",
        "     1,851.63           5  USD       total",
        "         0.00           1  EUR       total",
        "",
      ]
    `);
  });

  it('writes CSV for programs, with every digit', async () => {
    const quoted = { ...contoso, CustomerName: 'Contoso, "Ltd."', BillingPreTaxTotal: '1200.005' };
    expect(
      await lines(['summary', await downloadItems(...month, quoted), '--by', 'customer', '--format', 'csv']),
    ).toMatchInlineSnapshot(`
      [
        "CustomerId,CustomerName,BillingCurrency,lineItems,BillingPreTaxTotal",
        "c,"Contoso, ""Ltd.""",USD,3,2434.51",
        "t,東京物産株式会社,USD,2,617.2525",
        "k,Café 🚚,USD,1,-0.1234567890123456789012",
        "k,Café 🚚,EUR,1,0.0000001",
        "",
      ]
    `);
  });

  it('keeps each character of a name in CSV, but shows none that moves the cursor on a terminal', async () => {
    const directory = await downloadItems(
      { CustomerName: 'A\u0007B', BillingPreTaxTotal: '2' },
      { CustomerName: 'A\u0085B', BillingPreTaxTotal: '1' },
    );
    const args = ['summary', directory, '--by', 'customer', '--format', 'csv'];
    expect((await lines(args)).slice(1)).toEqual([',A\u0007B,,1,2', ',A\u0085B,,1,1', '']);
    expect((await lines(args, { terminal: { isTTY: true } })).slice(1)).toEqual([',A B,,1,2', ',A B,,1,1', '']);
  });

  it('writes a file with --out: CSV with a byte order mark for Excel, or JSON', async () => {
    const directory = await downloadItems(month[1] ?? {});
    const folder = await emptyDirectory();
    const written = async (format: string) => {
      const file = join(folder, `totals.${format}`);
      expect(await lines(['summary', directory, '--format', format, '--out', file])).toEqual([`1 row in ${file}`, '']);
      return readFile(file, 'utf8');
    };
    expect(await written('csv')).toBe('\ufeffBillingCurrency,lineItems,BillingPreTaxTotal\nUSD,1,34.5\n');
    const [first] = JSON.parse(await written('json')).groups;
    expect(first).toEqual({ BillingCurrency: 'USD', lineItems: 1, BillingPreTaxTotal: '34.5' });
    expect((await readdir(folder)).toSorted()).toEqual(['totals.csv', 'totals.json']);
  });

  it('does not write --out into the export, a folder, or a folder that does not exist', async () => {
    const directory = await downloadItems(month[1] ?? {});
    const link = join(await emptyDirectory(), 'link');
    await symlink(join(directory, 'export.json'), link);
    const before = await readdir(directory);
    for (const [out, code, problem] of [
      [
        join(directory, 'part'),
        2,
        `--out ${join(directory, 'part')} must not be in ${directory}, the directory of an export.`,
      ],
      [link, 2, `--out ${link} must not be in ${directory}, the directory of an export.`],
      [join(directory, 'none/x'), 2, `--out: there is no directory ${join(directory, 'none')}.`],
      [tmpdir(), 1, `${tmpdir()}: EISDIR`],
    ] as const) {
      for (const args of [
        ['summary', directory],
        ['diff', await downloadItems(), directory],
      ]) {
        const { code: actual, stderr } = await run([...args, '--json', '--out', out]);
        expect({ code: actual, stderr }).toEqual({ code, stderr: expect.stringContaining(problem) });
      }
    }
    expect(await readdir(directory)).toEqual(before);
  });

  it('writes what --out links to', async () => {
    const folder = await emptyDirectory();
    await symlink(join(folder, 'file'), join(folder, 'link'));
    await run(['summary', await downloadItems(), '--json', '--out', join(folder, 'link')]);
    expect(await readFile(join(folder, 'file'), 'utf8')).toContain('"lineItems":0');
  });

  it('adds up amounts with so many digits that a sum of decimals would overflow', async () => {
    const amounts = ['5.551115123125783e-17', '900000.5', '900000.5'];
    const directory = await downloadItems(...amounts.map((BillingPreTaxTotal) => ({ BillingPreTaxTotal })));
    expect(await lines(['summary', directory, '--format', 'csv'])).toEqual([
      'BillingCurrency,lineItems,BillingPreTaxTotal',
      ',3,1800001.00000000000000005551115123125783',
      '',
    ]);
    const nines = `-0.${'9'.repeat(38)}`;
    const small = await downloadItems(
      { BillingPreTaxTotal: nines },
      { BillingPreTaxTotal: nines },
      { BillingPreTaxTotal: '0e9' },
    );
    expect((await lines(['summary', small, '--format', 'csv']))[1]).toBe(`,3,-1.${'9'.repeat(37)}8`);
  });

  it('tells names apart that differ in a byte order mark only', async () => {
    const items = ['\ufeffA', 'A'].map((CustomerName) => ({ CustomerName, BillingPreTaxTotal: '1' }));
    const args = ['summary', await downloadItems(...items), '--by', 'customer', '--format', 'csv'];
    expect((await lines(args)).slice(1)).toEqual([',A,,1,1', ',\ufeffA,,1,1', '']);
  });

  it('escapes formulas in CSV with --escape-formulas, but no amount', async () => {
    const directory = await downloadItems({ CustomerId: '@1', CustomerName: '=1+1', BillingPreTaxTotal: '-2' });
    const args = ['summary', directory, '--by', 'customer', '--format', 'csv'];
    expect((await lines(args))[1]).toBe('@1,=1+1,,1,-2');
    expect((await lines([...args, '--escape-formulas']))[1]).toBe("'@1,'=1+1,,1,-2");
  });

  it.each([
    [['--out', 'totals.csv'], '--out needs --format csv or json.'],
    [['--escape-formulas', '--json'], '--escape-formulas needs --format csv.'],
    [['--json', '--format', 'csv'], '--json and --format csv exclude each other.'],
    [
      ['--by', 'customer,day'],
      '--by must be customer, subscription, product, or day, not "customer,day". Repeat --by for several.',
    ],
  ])('with %j is wrong usage', async (flags, message) => {
    const { code, stderr } = await run(['summary', 'no-directory', ...flags]);
    expect({ code, stderr }).toEqual({ code: 2, stderr: expect.stringContaining(`UsageError: ${message}\n`) });
  });

  it('has one row for each ID, and for each name without an ID, ranked by its own total', async () => {
    const of = (CustomerId: string, CustomerName: string, BillingPreTaxTotal: string) => ({
      CustomerId,
      CustomerName,
      BillingPreTaxTotal,
    });
    const directory = await downloadItems(
      of('', 'small', '1'),
      of('a', 'old name', '3'),
      of('', 'large', '8'),
      of('a', 'renamed', '3'),
      of('large', '', '4'),
    );
    expect((await lines(['summary', directory, '--by', 'customer', '--format', 'csv'])).slice(1, -1)).toEqual([
      ',large,,1,8',
      'a,renamed,,2,6',
      'large,,,1,4',
      ',small,,1,1',
    ]);
  });

  it('aligns characters that are half as wide or have no width, and cuts long names off', async () => {
    const names = ['ﾊﾝｶｸ', 'no\u200bwidth', 'x'.repeat(30_000_000), 'e\u0301 and \u0301'];
    const directory = await downloadItems(
      ...names.map((CustomerName, i) => ({ CustomerId: `${i}`, CustomerName, BillingPreTaxTotal: `${9 - i}` })),
    );
    const args = ['summary', directory, '--by', 'customer'];
    const [, ...rows] = (await lines(args, { terminal: { isTTY: true, columns: 0 } })).slice(0, -2);
    const room = 199;
    expect(rows.map((row) => row.slice(row.indexOf('1') + 13))).toEqual([
      `ﾊﾝｶｸ${' '.repeat(room - 4 + 3)}0`,
      `no\u200bwidth${' '.repeat(room - 7 + 3)}1`,
      `${'x'.repeat(room)}…  2`,
      `e\u0301 and \u0301${' '.repeat(room - 6 + 3)}3`,
    ]);
  });

  it.each([[['--format', 'json']], [['--json']]])('writes JSON for programs with %s', async (flags) => {
    const args = ['summary', await downloadItems(...month), '--by', 'product', ...flags];
    expect(JSON.parse((await run(args)).stdout)).toEqual({
      by: ['product'],
      lineItems: 6,
      groups: [
        {
          ProductId: 'p1',
          ProductName: 'Storage',
          BillingCurrency: 'USD',
          lineItems: 3,
          BillingPreTaxTotal: '1199.8815432109876543210988',
        },
        { ProductId: 'p2', ProductName: 'VMs', BillingCurrency: 'USD', lineItems: 2, BillingPreTaxTotal: '651.7525' },
        { ProductId: null, ProductName: null, BillingCurrency: 'EUR', lineItems: 1, BillingPreTaxTotal: '0.0000001' },
      ],
      totals: [
        { BillingCurrency: 'USD', lineItems: 5, BillingPreTaxTotal: '1851.6340432109876543210988' },
        { BillingCurrency: 'EUR', lineItems: 1, BillingPreTaxTotal: '0.0000001' },
      ],
    });
  });

  it.each([
    ['customer', ['CustomerId', 'CustomerName']],
    ['subscription', ['SubscriptionId', 'SubscriptionDescription']],
    ['product', ['ProductId', 'ProductName']],
    ['day', ['UsageDate']],
  ])('by %s adds up every line item of a month exactly', async (by, columns) => {
    const items = [...partnerMonth(1_500)];
    const keyOf = (of: Record<string, unknown>) => `${columns.map((column) => `${of[column]}`.slice(0, 36))}`;
    const expected = new Map<string, { lineItems: number; total: bigint }>();
    for (const item of items) {
      const group = expected.get(keyOf(item)) ?? { lineItems: 0, total: 0n };
      expected.set(keyOf(item), {
        lineItems: group.lineItems + 1,
        total: group.total + scaled(item.BillingPreTaxTotal || '0'),
      });
    }
    const { stdout } = await run(['summary', await downloadItems(...items), '--by', by, '--format', 'json']);
    const groups: Record<string, never>[] = JSON.parse(stdout).groups;
    const actual = groups.map((group) => [
      keyOf({ ...group, ...(by === 'day' && { UsageDate: `${group.UsageDate}T00:00:00Z` }) }),
      { lineItems: group.lineItems, total: scaled(group.BillingPreTaxTotal ?? '0') },
    ]);
    expect(Object.fromEntries(actual)).toEqual(Object.fromEntries(expected));
  });

  it('leaves gaps for missing amounts, currencies and names', async () => {
    const directory = await downloadItems({ CustomerId: 'b' }, { CustomerId: 'a' }, {});
    expect(await lines(['summary', directory, '--by', 'customer'])).toMatchInlineSnapshot(`
      [
        "pre-tax total  line items  currency  customer  customer ID",
        "                        1                      a",
        "                        1                      b",
        "                        1",
        "                        3            total",
        "",
      ]
    `);
    const missing = { BillingCurrency: null, CustomerName: null, lineItems: 1, BillingPreTaxTotal: null };
    expect(JSON.parse((await run(['summary', directory, '--by', 'customer', '--json'])).stdout).groups).toEqual([
      { ...missing, CustomerId: 'a' },
      { ...missing, CustomerId: 'b' },
      { ...missing, CustomerId: null },
    ]);
  });

  it('of an export without line items has no rows', async () => {
    expect(await lines(['summary', await downloadItems()])).toEqual(['pre-tax total  line items  currency', '']);
  });

  it('rejects an amount of more than 38 digits', async () => {
    expect(await run(['summary', await downloadItems({ BillingPreTaxTotal: '1e38' })])).toMatchObject({
      code: 1,
      stderr:
        'FormatError: BillingPreTaxTotal needs 39 digits before the point and 0 after it, more than the 38 of a decimal (Line 1 of blob "part").\n',
    });
  });
});

describe('diff', () => {
  const yesterday = () =>
    downloadItems(
      { ...contoso, BillingPreTaxTotal: '100.10' },
      { ...tokyo, BillingPreTaxTotal: '0.1234567890123456789012' },
      { ...cafe, BillingPreTaxTotal: '7' },
      { CustomerId: 'g', CustomerName: 'Gone', BillingCurrency: 'USD', BillingPreTaxTotal: '1' },
    );
  const today = () =>
    downloadItems(
      { ...contoso, BillingPreTaxTotal: '100.1' },
      { ...contoso, CustomerName: 'Contoso Ltd.', BillingPreTaxTotal: '2000' },
      { ...tokyo, BillingPreTaxTotal: '0.1234567890123456789011' },
      { ...cafe, BillingPreTaxTotal: '7.0' },
      { CustomerId: 'n', CustomerName: 'New', BillingCurrency: 'EUR', BillingPreTaxTotal: '3.1' },
    );

  it('shows which customers are new, gone, more or less, the largest difference first', async () => {
    expect(await lines(['diff', await yesterday(), await today()])).toMatchInlineSnapshot(`
      [
        "change  old total  new total  difference  currency  customer          customer ID",
        "more       100.10   2,100.10   +2,000.00  USD       Contoso Ltd.      c",
        "gone         1.00                  -1.00  USD       Gone              g",
        "less         0.12       0.12        0.00  USD       東京物産株式会社  t",
        "new                     3.10       +3.10  EUR       New               n",
        "           108.22   2,107.22   +1,999.00  USD       total",
        "                        3.10       +3.10  EUR       total",
        "1 customer unchanged",
        "",
      ]
    `);
  });

  it('shows every digit with --exact', async () => {
    expect(await lines(['diff', await yesterday(), await today(), '--exact'])).toMatchInlineSnapshot(`
      [
        "change                   old total                     new total                     difference  currency  customer          customer ID",
        "more    100.1                       2,100.1                       +2,000                         USD       Contoso Ltd.      c",
        "gone      1                                                           -1                         USD       Gone              g",
        "less      0.1234567890123456789012      0.1234567890123456789011      -0.0000000000000000000001  USD       東京物産株式会社  t",
        "new                                     3.1                           +3.1                       EUR       New               n",
        "        108.2234567890123456789012  2,107.2234567890123456789011  +1,998.9999999999999999999999  USD       total",
        "                                        3.1                           +3.1                       EUR       total",
        "1 customer unchanged",
        "",
      ]
    `);
  });

  it('omits IDs and old and new totals on a narrow terminal, then cuts lines off', async () => {
    const directories = [await yesterday(), await today()];
    const on = async (columns: number, missing: string) => {
      const { stdout, stderr } = await run(['diff', ...directories, '--exact'], { terminal: { isTTY: true, columns } });
      expect(stderr).toBe(`Too narrow for ${missing}: widen the terminal, or use --format csv --out FILE.\n`);
      return stdout.split('\n').slice(0, 3);
    };
    expect(await on(130, 'customer ID')).toMatchInlineSnapshot(`
      [
        "change                   old total                     new total                     difference  currency  customer",
        "more    100.1                       2,100.1                       +2,000                         USD       Contoso Ltd.",
        "gone      1                                                           -1                         USD       Gone",
      ]
    `);
    expect(await on(80, 'old total, new total, customer ID')).toMatchInlineSnapshot(`
      [
        "change                     difference  currency  customer",
        "more    +2,000                         USD       Contoso Ltd.",
        "gone        -1                         USD       Gone",
      ]
    `);
    expect(await on(40, 'old total, new total, customer ID, customer')).toMatchInlineSnapshot(`
      [
        "change                     difference  …",
        "more    +2,000                         …",
        "gone        -1                         …",
      ]
    `);
  });

  it('writes CSV for programs', async () => {
    expect(await lines(['diff', await yesterday(), await today(), '--format', 'csv'])).toMatchInlineSnapshot(`
      [
        "change,CustomerId,CustomerName,BillingCurrency,oldLineItems,oldTotal,newLineItems,newTotal,difference",
        "more,c,Contoso Ltd.,USD,1,100.1,2,2100.1,2000",
        "gone,g,Gone,USD,1,1,0,,-1",
        "less,t,東京物産株式会社,USD,1,0.1234567890123456789012,1,0.1234567890123456789011,-0.0000000000000000000001",
        "new,n,New,EUR,0,,1,3.1,3.1",
        "",
      ]
    `);
  });

  it('writes JSON for programs', async () => {
    const { stdout } = await run(['diff', await yesterday(), await today(), '--format', 'json']);
    expect(JSON.parse(stdout)).toMatchInlineSnapshot(`
      {
        "by": [
          "customer",
        ],
        "changes": [
          {
            "BillingCurrency": "USD",
            "CustomerId": "c",
            "CustomerName": "Contoso Ltd.",
            "change": "more",
            "difference": "2000",
            "newLineItems": 2,
            "newTotal": "2100.1",
            "oldLineItems": 1,
            "oldTotal": "100.1",
          },
          {
            "BillingCurrency": "USD",
            "CustomerId": "g",
            "CustomerName": "Gone",
            "change": "gone",
            "difference": "-1",
            "newLineItems": 0,
            "newTotal": null,
            "oldLineItems": 1,
            "oldTotal": "1",
          },
          {
            "BillingCurrency": "USD",
            "CustomerId": "t",
            "CustomerName": "東京物産株式会社",
            "change": "less",
            "difference": "-0.0000000000000000000001",
            "newLineItems": 1,
            "newTotal": "0.1234567890123456789011",
            "oldLineItems": 1,
            "oldTotal": "0.1234567890123456789012",
          },
          {
            "BillingCurrency": "EUR",
            "CustomerId": "n",
            "CustomerName": "New",
            "change": "new",
            "difference": "3.1",
            "newLineItems": 1,
            "newTotal": "3.1",
            "oldLineItems": 0,
            "oldTotal": null,
          },
        ],
        "totals": [
          {
            "BillingCurrency": "USD",
            "change": "more",
            "difference": "1998.9999999999999999999999",
            "newLineItems": 4,
            "newTotal": "2107.2234567890123456789011",
            "oldLineItems": 4,
            "oldTotal": "108.2234567890123456789012",
          },
          {
            "BillingCurrency": "EUR",
            "change": "new",
            "difference": "3.1",
            "newLineItems": 1,
            "newTotal": "3.1",
            "oldLineItems": 0,
            "oldTotal": null,
          },
        ],
        "unchanged": 1,
      }
    `);
  });

  it('does not take a customer without an ID for the one whose ID is its name', async () => {
    const of = (customer: object) => downloadItems({ ...customer, BillingPreTaxTotal: '1' });
    const args = ['diff', await of({ CustomerId: 'X' }), await of({ CustomerName: 'X' }), '--format', 'csv'];
    expect((await lines(args)).slice(1)).toEqual(['gone,X,,,1,1,0,,-1', 'new,,X,,0,,1,1,1', '']);
  });

  it('of equal exports shows the totals only', async () => {
    const directory = await yesterday();
    expect(await lines(['diff', directory, directory, '--by', 'day', '--by', 'product'])).toMatchInlineSnapshot(`
      [
        "change  old total  new total  difference  currency  day    product  product ID",
        "           108.22     108.22        0.00  USD       total",
        "1 group unchanged",
        "",
      ]
    `);
  });

  it('needs two directories', async () => {
    expect(await run(['diff', 'a'])).toMatchObject({ code: 2, stderr: 'UsageError: NEW is missing.\n' });
  });
});
