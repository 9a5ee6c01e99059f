import { excerpt } from '../../redact.ts';
import { FormatError } from '../format-error.ts';
import { Interrupted, OutputError } from '../interrupt.ts';
import { MissingPackageError } from '../peer.ts';
import { UsageError } from '../usage-error.ts';
import { print } from './print.ts';

/** An error after which a command can resume the export. */
export class Resumable extends Error {
  readonly command: string;

  constructor(cause: unknown, command: string) {
    super(undefined, { cause });
    this.command = command;
  }
}

/** The export could not be started within `--timeout`. */
export class DeadlineError extends Error {
  override readonly name = 'DeadlineError';
}

/** What the library calls by names of its own. */
const flagOf: Record<string, string> = {
  currencyCode: '--currency',
  billingPeriod: '--period',
  attributeSet: '--attributes',
  apiVersion: '--api-version',
  baseUrl: '--base-url',
  credential: 'GRAPH_ACCESS_TOKEN',
  handle: 'OPERATION',
};

/** Says on stderr what went wrong, and how to resume. Resolves with the exit code. */
export async function report(thrown: unknown): Promise<number> {
  const error = thrown instanceof Resumable ? thrown.cause : thrown;
  if (error instanceof OutputError && error.isClosed) return 0;
  const { line, exitCode } = await describe(error);
  for (const each of line.split('\n')) print(each, process.stderr);
  if (thrown instanceof Resumable) print(`Resume with: ${thrown.command}`, process.stderr);
  return exitCode;
}

async function describe(error: unknown): Promise<{ line: string; exitCode: number }> {
  if (error instanceof UsageError) return { line: `${error}`, exitCode: 2 };
  if (error instanceof Interrupted) return { line: `${error}`, exitCode: 130 };
  if (error instanceof DeadlineError) return { line: `${error}`, exitCode: 4 };
  const { ExportFailedError, InvalidRequestError, UnbilledUsageError, WaitTimeoutError } = await import(
    '../../index.ts'
  );
  if (error instanceof InvalidRequestError) {
    const { field, message } = error;
    const problem = message.startsWith(field) ? (flagOf[field] ?? field) + message.slice(field.length) : message;
    return { line: `${new UsageError(problem)}`, exitCode: 2 };
  }
  if (error instanceof ExportFailedError && error.noData) return { line: `${error}`, exitCode: 3 };
  if (error instanceof WaitTimeoutError) return { line: `${error}`, exitCode: 4 };
  const ours = [OutputError, UnbilledUsageError, FormatError, MissingPackageError].some(
    (each) => error instanceof each,
  );
  // What others throw may span lines, and nobody has taken the secrets out of it.
  return { line: ours ? `${error}` : `${excerpt(`${error}`)}${adviceOn(error)}`, exitCode: 1 };
}

/** `@azure/identity` says at length what it has tried, and not what this command takes instead. */
function adviceOn(error: unknown): string {
  const names = ['AggregateAuthenticationError', 'CredentialUnavailableError'];
  if (!(error instanceof Error && names.includes(error.name))) return '';
  return '\nSet GRAPH_ACCESS_TOKEN, or AZURE_TENANT_ID, AZURE_CLIENT_ID and AZURE_CLIENT_SECRET.';
}
