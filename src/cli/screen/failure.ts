import { CommandError, OutputError, Resumable, UsageError } from '../errors.ts';
import { print } from './print.ts';

/** The flag or operand for each field that only the library checks. */
const flagOf: Record<string, string> = {
  currencyCode: '--currency',
  baseUrl: '--base-url',
  credential: 'GRAPH_ACCESS_TOKEN',
  handle: 'OPERATION',
};

/** Prints an error on stderr, and how to resume. Resolves with the exit code. */
export async function report(reason: unknown, stderr: NodeJS.WritableStream): Promise<number> {
  const error = reason instanceof Resumable ? reason.cause : reason;
  if (error instanceof OutputError && error.isClosed) return 0;
  const { line, exitCode } = await describe(error);
  for (const each of line.split('\n')) print(each, stderr);
  if (reason instanceof Resumable) print(`Resume with: ${reason.command}`, stderr);
  return exitCode;
}

async function describe(error: unknown): Promise<{ line: string; exitCode: number }> {
  if (error instanceof CommandError) return { line: `${error}`, exitCode: error.exitCode };
  const [library, { excerpt }] = await Promise.all([import('../../index.ts'), import('../../node/internals.ts')]);
  if (error instanceof library.InvalidRequestError) {
    const { field, message } = error;
    return describe(new UsageError((flagOf[field] ?? field) + message.slice(field.length)));
  }
  if (error instanceof library.ExportFailedError && error.noData) return { line: `${error}`, exitCode: 3 };
  if (error instanceof library.WaitTimeoutError) return { line: `${error}`, exitCode: 4 };
  if (error instanceof library.UnbilledUsageError) return { line: `${error}`, exitCode: 1 };
  // An error of another library may span lines and contain secrets.
  return { line: `${excerpt(`${error}`)}${adviceOn(error)}`, exitCode: 1 };
}

/** `@azure/identity` lists what it tried, but not the alternative that this command offers. */
function adviceOn(error: unknown): string {
  const names = ['AggregateAuthenticationError', 'CredentialUnavailableError'];
  if (!(error instanceof Error && names.includes(error.name))) return '';
  return '\nSet GRAPH_ACCESS_TOKEN, or AZURE_TENANT_ID, AZURE_CLIENT_ID and AZURE_CLIENT_SECRET.';
}
