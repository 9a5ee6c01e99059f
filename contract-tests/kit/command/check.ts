import { mkdir, rm, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { Target } from '../checks/ask.ts';
import { checkNames, judge, type Selection } from '../checks/judge.ts';
import { NoAnswerError } from '../checks/no-answer-error.ts';
import { visit } from '../checks/visit.ts';
import { waitForService } from '../checks/wait-for-service.ts';
import { duration, oneOf, parseFlags } from './flags.ts';
import { annotate } from './github.ts';
import { toJson } from './json.ts';
import { toJunit } from './junit.ts';
import { toMarkdown } from './markdown.ts';
import { type Report, toText } from './report.ts';
import { UsageError } from './usage-error.ts';

const DEFAULT_VARIABLE = 'CONTRACT_TOKEN';

const text = { type: 'string' } as const;
const flags = {
  'token-env': text,
  currency: { ...text, default: 'USD' },
  period: { ...text, default: 'last' },
  'wait-for': text,
  timeout: { ...text, default: '1h' },
  only: { ...text, multiple: true },
  skip: { ...text, multiple: true },
  junit: text,
  markdown: text,
  json: text,
} as const;

const formats = { junit: toJunit, markdown: toMarkdown, json: toJson };

/** Runs `check`. Returns its exit code: 0 no check failed, 1 a check failed, 4 the service did not answer in time. */
export async function check(args: readonly string[]): Promise<number> {
  const { values, positionals } = parseFlags(args, flags, 1);
  const variable = values['token-env'] ?? DEFAULT_VARIABLE;
  const timeoutMs = duration('--timeout', values.timeout);
  const waitMs = values['wait-for'] === undefined ? undefined : duration('--wait-for', values['wait-for']);
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
    onProgress: (progress) => console.error(progress),
  };
  const { baseUrl } = target;

  console.log(`Checking ${baseUrl}: this starts two exports, waits for them and reads their blobs.`);
  if (!process.env[variable]) console.log(`${variable} is not set, so the token is '${target.token}'.`);
  const files = Object.keys(formats).flatMap((name) => values[name as keyof typeof formats] ?? []);
  for (const file of files) await prepareReport(file);
  const started = performance.now();
  const { results, interruption } = await resultsOf(target, waitMs, selection, variable);
  const report: Report = {
    baseUrl,
    results,
    durationMs: performance.now() - started,
    ...(interruption && { interruption }),
  };
  if (results.length > 0) console.log(toText(report));
  for (const [name, write] of Object.entries(formats)) {
    const file = values[name as keyof typeof formats];
    if (file !== undefined) await writeReport(file, write(report));
  }
  for (const command of await annotate(report, process.env)) console.log(command);
  if (interruption === undefined) return results.some(({ outcome }) => outcome === 'failed') ? 1 : 0;
  console.error(interruption);
  return 4;
}

type Results = Pick<Report, 'results' | 'interruption'>;

async function resultsOf(
  target: Target,
  waitMs: number | undefined,
  selection: Selection,
  variable: string,
): Promise<Results> {
  try {
    if (waitMs !== undefined) await waitForService(target.baseUrl, waitMs, fetch);
    const result = await visit(target);
    const results = judge(result, selection, variable);
    if (result.interruption) return { results, interruption: result.interruption.message };
    if (!result.stillRunning) return { results };
    const seconds = target.timeoutMs / 1_000;
    return { results, interruption: `The operation did not end within ${seconds} s. Allow more with --timeout.` };
  } catch (error) {
    if (!(error instanceof NoAnswerError)) throw error;
    return { results: [], interruption: error.message };
  }
}

/** Removes an earlier report, which must not pass for a new one, and creates the directory. */
async function prepareReport(file: string): Promise<void> {
  try {
    await mkdir(dirname(file), { recursive: true });
    await rm(file, { force: true });
  } catch (error) {
    throw unwritable(file, error);
  }
}

async function writeReport(file: string, content: string): Promise<void> {
  await writeFile(file, content).catch((error) => {
    throw unwritable(file, error);
  });
}

function unwritable(file: string, error: unknown): UsageError {
  return new UsageError(`The report '${file}' cannot be written (${(error as NodeJS.ErrnoException).code}).`);
}

function baseUrlOf(url: string | undefined): string {
  if (url === undefined)
    throw new UsageError('Specify the base URL of the service, such as http://127.0.0.1:4010/v1.0.');
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
  throw new UsageError(
    `The environment variable ${variable} contains characters that are not allowed in a bearer token.`,
  );
}

function names(flag: string, lists: string[]): string[] {
  const all = lists.flatMap((list) => list.split(',')).map((name) => name.trim());
  const unknown = all.find((name) => !checkNames.includes(name));
  if (unknown !== undefined)
    throw new UsageError(`${flag}: there is no check '${unknown}'. See partner-unbilled-usage-contract list.`);
  return all;
}
