import { Advised, CommandError, OutputError, UsageError } from '../errors.ts';
import { print } from './print.ts';

/** The flag or operand for each field that only the library checks. */
const flagOf: Record<string, string> = {
  currencyCode: '--currency',
  baseUrl: '--base-url',
};

const WRONG_TOKEN = 'GRAPH_ACCESS_TOKEN must be only the token: no `Bearer`, no spaces, no line breaks.';

/** The longest message of another library, in characters. */
const LONGEST = 4_000;

/** Prints an error on stderr, and what to do next. Resolves with the exit code. */
export async function report(reason: unknown, stderr: NodeJS.WritableStream): Promise<number> {
  const error = reason instanceof Advised ? reason.cause : reason;
  if (error instanceof OutputError && error.isClosed) return 0;
  const { line, exitCode } = await describe(error);
  for (const each of line.split('\n')) print(each, stderr);
  for (const each of reason instanceof Advised ? reason.advice : []) print(each, stderr);
  return exitCode;
}

async function describe(error: unknown): Promise<{ line: string; exitCode: number }> {
  if (error instanceof CommandError) return { line: `${error}`, exitCode: error.exitCode };
  const [library, { redact }] = await Promise.all([import('../../index.ts'), import('../../node/internals.ts')]);
  if (error instanceof library.InvalidRequestError) {
    const { field, message } = error;
    const text = field === 'credential' ? WRONG_TOKEN : (flagOf[field] ?? field) + message.slice(field.length);
    return describe(new UsageError(text));
  }
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
