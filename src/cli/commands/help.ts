const connection = `\
  --api-version v1.0|beta       default v1.0
  --base-url URL                instead of https://graph.microsoft.com/VERSION
`;

const transfer = `\
  --format raw|jsonl|csv|parquet  what to make of the gzip files; default raw: nothing.
                                  csv and parquet need the package @duckdb/node-api
  --concurrency N                 how many blobs at once, 1 to 64; default 4
  --timeout DURATION              how long to wait until the export has ended: 30s, 10m, 1h, 2d;
                                  default 1h
  --restart                       remove what an earlier run left in the directory, and begin again
  --api-version v1.0|beta         default v1.0
  --base-url URL                  instead of https://graph.microsoft.com/VERSION
  --quiet                         no progress, and no result but that of --json
  --json                          the result as one JSON object on stdout
`;

const credentials = `
Credentials: an access token in the environment variable GRAPH_ACCESS_TOKEN, or else the
DefaultAzureCredential of the package @azure/identity.
`;

const texts: Record<string, string> = {
  '--help': `\
Usage: unbilled-usage COMMAND [OPTIONS]

The unbilled usage of a Microsoft CSP partner, exported through Microsoft Graph.

Commands:
  export    start an export, wait for its end and download it into a directory
  resume    continue an interrupted export
  status    how far an export is
  lines     the line items of a directory on stdout, as JSON Lines
  summary   the line items of a directory, counted and added up

Options:
  --help      this text, or a command's
  --version   the version
${credentials}
Exit codes: 0 done, 1 failed, 2 wrong usage, 3 no data, 4 deadline passed, 130 interrupted.
`,
  export: `\
Usage: unbilled-usage export --currency CODE --period current|last --out DIR [OPTIONS]

Starts an export, waits for its end and downloads it. After an interruption, continue with
unbilled-usage resume.

Options:
  --currency CODE                 the partner's billing currency, such as USD
  --period current|last           the billing period in progress, or the one before
  --attributes full|basic         all attributes, or a part; default full
  --out DIR                       a new or empty directory, or one whose export failed
${transfer}${credentials}`,
  resume: `\
Usage: unbilled-usage resume DIR [OPTIONS]

Continues the export of a directory where it stopped. Finished files are not fetched again
unless they were changed or damaged.

Options:
${transfer}${credentials}`,
  status: `\
Usage: unbilled-usage status DIR|OPERATION [OPTIONS]

How far an export is: that of a directory, or else an operation, by its id or URL. The
service is asked unless the directory's download has begun.

Options:
${connection}\
  --json                        one JSON object on stdout
${credentials}`,
  lines: `\
Usage: unbilled-usage lines DIR

Writes the line items to stdout as they are stored: one JSON object a line, in the manifest's
order, with every digit.
`,
  summary: `\
Usage: unbilled-usage summary DIR [OPTIONS]

Counts the line items and adds up their BillingPreTaxTotal exactly, each currency by itself.

Options:
  --by customer|subscription|product|day   a row for each, the greatest total first
  --json                                   one JSON object on stdout
`,
};

/** The text for a command, or for `--help` alone. */
export function help(name: string): string {
  return texts[name] ?? '';
}
