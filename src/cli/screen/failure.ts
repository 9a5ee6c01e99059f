import { CommandError, OutputError, Resumable, UsageError } from '../errors.ts';
import { print } from './print.ts';

/** The flag or operand for each field that only the library checks. */
const flagOf: Record<string, string> = {
  currencyCode: '--currency',
  baseUrl: '--base-url',
  credential: 'GRAPH_ACCESS_TOKEN',
  handle: 'OPERATION',
};

/** The longest message of another library, in characters. */
const LONGEST = 4_000;

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
  const [library, { redact }] = await Promise.all([import('../../index.ts'), import('../../node/internals.ts')]);
  if (error instanceof library.InvalidRequestError) {
    const { field, message } = error;
    return describe(new UsageError((flagOf[field] ?? field) + message.slice(field.length)));
  }
  if (error instanceof library.ExportFailedError && error.noData) return { line: `${error}`, exitCode: 3 };
  if (error instanceof library.WaitTimeoutError) return { line: `${error}`, exitCode: 4 };
  if (error instanceof library.UnbilledUsageError) return { line: `${error}`, exitCode: 1 };
  return { line: `${indented(redact(`${error}`))}${adviceOn(error)}`, exitCode: 1 };
}

/** Returns the text of another library without boilerplate. Indents its lines, so that none looks like one of ours. */
function indented(text: string): string {
  const brief = text.replace(/ ?To (troubleshoot|mitigate)[^:]*https:\/\/\S+/g, '');
  return brief
    .trim()
    .replace(/\s*\n\s*/g, '\n  ')
    .slice(0, LONGEST);
}

/** `@azure/identity` lists what it tried, but not the alternatives that this command offers. */
function adviceOn(error: unknown): string {
  const { name } = error instanceof Error ? error : {};
  if (name === 'AuthenticationError') {
    return '\nCheck AZURE_TENANT_ID, AZURE_CLIENT_ID and AZURE_CLIENT_SECRET or AZURE_CLIENT_CERTIFICATE_PATH, or set GRAPH_ACCESS_TOKEN.';
  }
  if (name !== 'AggregateAuthenticationError' && name !== 'CredentialUnavailableError') return '';
  return '\nSet GRAPH_ACCESS_TOKEN, or AZURE_TENANT_ID, AZURE_CLIENT_ID and AZURE_CLIENT_SECRET.';
}
