import { readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { run } from '../support/command.ts';

describe('--help', () => {
  it('of the command', async () => {
    expect((await run(['--help'])).stdout).toMatchInlineSnapshot(`
      "Usage: unbilled-usage COMMAND [OPTIONS]

      Exports the unbilled usage of a Microsoft CSP partner from Microsoft Graph.

      Commands:
        export   start an export, wait for it and download it to a directory
        resume   continue an interrupted export
        status   show the progress of an export
        convert  write the line items of a directory as JSON Lines, CSV or Parquet
        lines    print the line items of a directory as JSON Lines
        summary  count the line items of a directory, and add them up
        diff     show what changed between the exports of two directories

      Options:
        -h, --help     show this text, or the help of a command
        -v, --version  show the version

      Credentials: an access token in the environment variable GRAPH_ACCESS_TOKEN, or
      else DefaultAzureCredential of the package @azure/identity.

      Exit codes: 0 done, 1 failed, 2 wrong usage, 3 no data, 4 timeout, 130 stopped.
      "
    `);
  });

  it('of export', async () => {
    expect((await run(['export', '--help'])).stdout).toMatchInlineSnapshot(`
      "Usage: unbilled-usage export --currency CODE --period current|last --out DIR
        [OPTIONS]

      Starts an export, waits for it, and downloads it. To continue after an
      interruption, use unbilled-usage resume.

      Options:
        --currency CODE                 the partner's billing currency, such as USD
        --period current|last           the period in progress, or the one before
        --attributes full|basic         all attributes or a subset; default full
        --out DIR                       new, empty, or that of a failed export
        --format raw|jsonl|csv|parquet  raw keeps only the gzip files; csv and parquet
                                        need the package @duckdb/node-api; default raw
        --concurrency N                 blobs to download at once, 1 to 64; default 4
        --timeout DURATION              how long to wait: 30s, 10m, 1h, 2d; default 1h
        --restart                       remove an earlier run's files, and start again
        --api-version v1.0|beta         the version of Microsoft Graph; default v1.0
        --base-url URL                  instead of https://graph.microsoft.com/VERSION
        --verbose                       each request on stderr
        --quiet                         no progress, and no result without --json
        --json                          the result as one JSON object on stdout

      Credentials: an access token in the environment variable GRAPH_ACCESS_TOKEN, or
      else DefaultAzureCredential of the package @azure/identity.
      "
    `);
  });

  it('of resume', async () => {
    expect((await run(['resume', '--help'])).stdout).toMatchInlineSnapshot(`
      "Usage: unbilled-usage resume DIR [OPTIONS]

      Continues the export of a directory where it stopped. Finished files are not
      fetched again unless they were changed or damaged.

      Options:
        --format raw|jsonl|csv|parquet  raw keeps only the gzip files; csv and parquet
                                        need the package @duckdb/node-api; default raw
        --concurrency N                 blobs to download at once, 1 to 64; default 4
        --timeout DURATION              how long to wait: 30s, 10m, 1h, 2d; default 1h
        --restart                       remove an earlier run's files, and start again
        --api-version v1.0|beta         the version of Microsoft Graph; default v1.0
        --base-url URL                  instead of https://graph.microsoft.com/VERSION
        --verbose                       each request on stderr
        --quiet                         no progress, and no result without --json
        --json                          the result as one JSON object on stdout

      Credentials: an access token in the environment variable GRAPH_ACCESS_TOKEN, or
      else DefaultAzureCredential of the package @azure/identity.
      "
    `);
  });

  it('of status', async () => {
    expect((await run(['status', '--help'])).stdout).toMatchInlineSnapshot(`
      "Usage: unbilled-usage status DIR|OPERATION [OPTIONS]

      Shows the progress of an export. If DIR does not exist, the argument is treated
      as an operation ID or URL. Asks the service unless the download has begun.

      Options:
        --api-version v1.0|beta  the version of Microsoft Graph; default v1.0
        --base-url URL           instead of https://graph.microsoft.com/VERSION
        --verbose                each request on stderr
        --json                   one JSON object on stdout

      Credentials: an access token in the environment variable GRAPH_ACCESS_TOKEN, or
      else DefaultAzureCredential of the package @azure/identity.
      "
    `);
  });

  it('of lines', async () => {
    expect((await run(['lines', '--help'])).stdout).toMatchInlineSnapshot(`
      "Usage: unbilled-usage lines DIR

      Writes the line items to stdout as stored: one JSON object per line, in the
      order of the manifest, with every digit.
      "
    `);
  });

  it('of convert', async () => {
    expect((await run(['convert', '--help'])).stdout).toMatchInlineSnapshot(`
      "Usage: unbilled-usage convert DIR --format jsonl|csv|parquet [OPTIONS]

      Writes the line items of a complete download to one file in the directory,
      without the service. csv and parquet need the package @duckdb/node-api.

      Options:
        --format jsonl|csv|parquet  the file: export.jsonl, export.csv or
                                    export.parquet
        --columns "NAME,…"          these attributes, in this order; Other contains
                                    the unknown ones. Not for jsonl
        --escape-formulas           put an apostrophe before text that a spreadsheet
                                    would run. Only for csv
        --quiet                     no progress, and no result without --json
        --json                      the result as one JSON object on stdout
      "
    `);
  });

  it('of summary', async () => {
    expect((await run(['summary', '--help'])).stdout).toMatchInlineSnapshot(`
      "Usage: unbilled-usage summary DIR [OPTIONS]

      Counts the line items and adds up their BillingPreTaxTotal. Totals are exact,
      and per currency. Days are sorted by date, other rows by total, the largest
      first. Needs the package @duckdb/node-api.

      Options:
        --by customer|subscription|product|day  one row for each; may be repeated
        --exact                                 every digit, instead of two after the
                                                point
        --format csv|json                       for programs, with every digit
        --json                                  short for --format json
        --out FILE                              a file for --format csv or json,
                                                instead of stdout
        --escape-formulas                       put an apostrophe before text that a
                                                spreadsheet would run. Only for csv
      "
    `);
  });

  it('of diff', async () => {
    expect((await run(['diff', '--help'])).stdout).toMatchInlineSnapshot(`
      "Usage: unbilled-usage diff OLD NEW [OPTIONS]

      Shows which customers, or other groups, are new or gone since an earlier export,
      and whose total of BillingPreTaxTotal rose or fell, the largest difference
      first. Totals are exact, and per currency. Needs the package @duckdb/node-api.

      Options:
        --by customer|subscription|product|day  one row for each; may be repeated;
                                                default customer
        --exact                                 every digit, instead of two after the
                                                point
        --format csv|json                       for programs, with every digit
        --json                                  short for --format json
        --out FILE                              a file for --format csv or json,
                                                instead of stdout
        --escape-formulas                       put an apostrophe before text that a
                                                spreadsheet would run. Only for csv
      "
    `);
  });
});

describe('the help', () => {
  const commands = ['export', 'resume', 'status', 'convert', 'lines', 'summary', 'diff'];

  it.each([[['help']], [['-h']], [['help', '--help']]])('is also printed for %j', async (args) => {
    expect(await run(args)).toEqual(await run(['--help']));
  });

  it.each(commands)('of %s is also printed for -h and after help', async (command) => {
    const outcome = await run([command, '--help']);
    expect(await run([command, '-h'])).toEqual(outcome);
    expect(await run(['help', command])).toEqual(outcome);
  });

  it.each([[], ...commands.map((command) => [command])])('fits on a screen of 80 by 30: %s', async (...args) => {
    const lines = (await run([...args, '--help'])).stdout.split('\n');
    expect(lines.length).toBeLessThanOrEqual(30);
    expect(lines.filter((line) => line.length > 80)).toEqual([]);
  });

  it('is printed on stderr if the command is missing', async () => {
    const { stdout: help } = await run(['--help']);
    expect(await run([])).toEqual({ code: 2, stdout: '', stderr: `${help}\nUsageError: A command is missing.\n` });
  });
});

it.each(['--version', '-v'])('%s prints the version of the package', async (flag) => {
  const { version } = JSON.parse(await readFile('package.json', 'utf8'));
  expect(await run([flag])).toEqual({ code: 0, stdout: `${version}\n`, stderr: '' });
});
