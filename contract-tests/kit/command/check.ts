import type { Target } from '../checks/ask.ts';
import { checkNames, judge } from '../checks/judge.ts';
import { NoAnswerError } from '../checks/no-answer-error.ts';
import { visit } from '../checks/visit.ts';
import { duration, oneOf, parseFlags } from './flags.ts';
import { report } from './report.ts';
import { UsageError } from './usage-error.ts';

const DEFAULT_VARIABLE = 'CONTRACT_TOKEN';

const text = { type: 'string' } as const;
const flags = {
  'token-env': text,
  currency: { ...text, default: 'USD' },
  period: { ...text, default: 'last' },
  timeout: { ...text, default: '1h' },
  only: text,
  skip: text,
} as const;

/** Runs `check`. Returns its exit code: 0 every check holds, 1 a check failed, 4 the service did not answer in time. */
export async function check(args: readonly string[]): Promise<number> {
  const { values, positionals } = parseFlags(args, flags, 1);
  const variable = values['token-env'] ?? DEFAULT_VARIABLE;
  const timeoutMs = duration('--timeout', values.timeout);
  const selection = {
    ...(values.only !== undefined && { only: names('--only', values.only) }),
    ...(values.skip !== undefined && { skip: names('--skip', values.skip) }),
  };
  const target: Target = {
    baseUrl: baseUrlOf(positionals[0]),
    request: {
      currencyCode: currencyOf(values.currency),
      billingPeriod: oneOf('--period', values.period, ['last', 'current']),
    },
    timeoutMs,
    token: tokenIn(variable),
  };

  console.log(`Checking ${target.baseUrl}: starts an export, waits for its end and reads its first blob.`);
  if (!process.env[variable]) console.log(`${variable} is not set, so the token is the word '${target.token}'.`);
  const started = performance.now();
  try {
    const seen = await visit(target);
    const results = judge(seen, selection);
    console.log(report(results, performance.now() - started));
    if (!seen.stillRunning) return results.some(({ outcome }) => outcome === 'failed') ? 1 : 0;
    console.error(`The operation did not end within the timeout of ${values.timeout}. Allow more with --timeout.`);
  } catch (error) {
    if (!(error instanceof NoAnswerError)) throw error;
    console.error(error.message);
  }
  return 4;
}

function baseUrlOf(url: string | undefined): string {
  if (url === undefined) throw new UsageError('Name the base URL of the service, such as http://127.0.0.1:4010/v1.0.');
  if (!URL.canParse(url) || !/^https?:$/.test(new URL(url).protocol)) {
    throw new UsageError(`'${url}' is not an http or https URL.`);
  }
  const { username, password, search, hash } = new URL(url);
  if (username || password || search || hash) {
    throw new UsageError('The base URL must not have a user name, a password, a query or a fragment.');
  }
  return url.replace(/\/+$/, '');
}

function currencyOf(code: string): string {
  if (/^[A-Z]{3}$/.test(code)) return code;
  throw new UsageError(`--currency must be an ISO 4217 code in capitals, such as USD, not '${code}'.`);
}

/** Returns the token in an environment variable. A mock accepts any, so the usual variable need not be set. */
function tokenIn(variable: string): string {
  const token = process.env[variable] || (variable === DEFAULT_VARIABLE ? 'any' : '');
  if (!token) throw new UsageError(`The environment variable ${variable} is not set.`);
  if (/^[\x21-\x7e]+$/.test(token)) return token;
  throw new UsageError(`The environment variable ${variable} holds characters that no bearer token has.`);
}

function names(flag: string, list: string): string[] {
  const all = list.split(',').map((name) => name.trim());
  const unknown = all.find((name) => !checkNames.includes(name));
  if (unknown !== undefined)
    throw new UsageError(`${flag}: there is no check '${unknown}'. The command list has them all.`);
  return all;
}
