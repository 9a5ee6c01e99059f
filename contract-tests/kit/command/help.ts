const NAME = 'partner-unbilled-usage-contract';

/** The help of the command and of each of its subcommands. */
export const help = {
  '': `Checks any service against the contract of Microsoft Graph's unbilled usage export, and starts a mock that follows it.

Usage: ${NAME} COMMAND [OPTIONS]

  check URL   check a service
  mock        start a mock of the service and its storage
  list        list the checks and the scenarios of the mock

${NAME} COMMAND --help shows the options of a command.`,

  check: `Checks a service: starts two exports, waits for them, reads their blobs, and requests things that do not exist.

Usage: ${NAME} check URL [OPTIONS]

  URL                the base URL with the version, such as https://graph.microsoft.com/v1.0
  --token-env NAME   the environment variable with the bearer token (CONTRACT_TOKEN)
  --currency CODE    the currency to request (USD)
  --period PERIOD    last or current (last)
  --wait-for TIME    how long to wait for a service that is still starting (no wait)
  --timeout TIME     the limit for the checks, such as 90s, 10m or 1h (1h)
  --only NAME,…      report only these checks
  --skip NAME,…      report all but these checks
  --junit FILE       write a report as JUnit XML
  --markdown FILE    write a report as Markdown
  --json FILE        write a report as JSON

In GitHub Actions, failed checks become annotations, and the summary page gets the report.

Exit codes: 0 no check failed, 1 a check failed, 2 wrong usage, 4 the service did not answer or the timeout passed.`,

  mock: `Starts a mock of the service and of its storage on 127.0.0.1, until Ctrl-C.

Usage: ${NAME} mock [OPTIONS]

  --port N           the port of the service, 0 for a free one (4010)
  --storage-port N   the port of the storage, 0 for a free one (10000)
  --items N          the number of line items (1000)
  --blobs N          the number of blobs (3)
  --seed N           another seed gives other line items (1)
  --scenario NAME    how the service behaves; the command list prints the names (success)
  --quiet            print only the base URL

Exit codes: 0 stopped, 1 the mock could not start, 2 wrong usage.`,

  list: `Lists the checks and the scenarios of the mock, each with its source.

Usage: ${NAME} list [--json]`,
};
