import { readdir } from 'node:fs/promises';
import {
  DataVersionError,
  GraphRequestError,
  InvalidRequestError,
  LineItemError,
  NetworkError,
  UnbilledUsageError,
} from '../../index.ts';
import type { Context } from '../context.ts';
import { Advised, CommandError, FormatError } from '../errors.ts';
import { proxyAdvice } from '../proxy.ts';
import type { Flag } from './command.ts';
import { type ConnectionValues, type TransferValues, transferFlags } from './flags.ts';

const GRAPH = 'https://graph.microsoft.com';
/** In the messages of blobs, and of the sign-in. */
const UNANSWERED = /broke off after|network_error|endpoints_resolution_error/;
const PROXY_LOGIN = 'The proxy wants a name and a password: http://USER:PASSWORD@HOST:PORT';
const OFFLINE = 'Check the network. If it needs a proxy, set HTTPS_PROXY.';
const NEW_TOKEN =
  'Set GRAPH_ACCESS_TOKEN to a new token, such as from az account get-access-token --resource https://graph.microsoft.com --query accessToken --output tsv, after az login --service-principal as the app.';

type ResumeFlags = Partial<Pick<TransferValues, 'format' | 'api-version' | 'base-url'>> & {
  restart?: boolean | undefined;
};

/** Returns the error to throw: with the advice, if there is any. */
export function advised(error: unknown, advice: readonly string[]): unknown {
  return advice.length === 0 ? error : new Advised(error, ...advice);
}

/**
 * Returns the command that resumes the export of a directory, with the flags that must not change. The `location` is
 * that of the export, if it may have been started elsewhere.
 */
export function resumeCommand(directory: string, flags: ResumeFlags = {}, location = ''): string {
  const values = { ...flags, 'base-url': flags['base-url'] ?? elsewhere(location)?.base };
  const same = (['format', 'api-version', 'base-url'] as const).flatMap((name) => {
    const { default: fallback }: Flag = transferFlags[name];
    const value = values[name];
    return value === undefined || value === fallback ? [] : [`--${name}`, quoted(value)];
  });
  return ['unbilled-usage resume', operand(directory), ...same, ...(flags.restart ? ['--restart'] : [])].join(' ');
}

export function resumeAdvice(...args: Parameters<typeof resumeCommand>): string {
  return `Resume with: ${resumeCommand(...args)}`;
}

/** `how` says whether the directory has had an export, such as "Start again". */
export function exportAdvice(how: string, directory: string, restart = false): string {
  return `${how} with: unbilled-usage export … --out ${operand(directory)}${restart ? ' --restart' : ''}`;
}

/** A line that is no line item is not damage: the file is as the service sent it. */
export function newExportAdvice(directory: string): string {
  return exportAdvice('The service sent it like this. Start another export', directory, true);
}

/** Adds to an error of a directory without an export how to start one. It must be empty for that. */
export async function orStart(directory: string, error: unknown): Promise<never> {
  const isEmpty = await readdir(directory).then(
    (names) => names.length === 0,
    () => false,
  );
  throw isEmpty ? new Advised(error, exportAdvice('Start one', directory)) : error;
}

/** Returns what to do after an error of an export. If the format cannot represent it, there is nothing to do. */
export function adviceAfter(
  error: unknown,
  directory: string,
  flags: ResumeFlags,
  location: string,
  env: Context['env'],
): readonly string[] {
  if (error instanceof DataVersionError) return [resumeAdvice(directory, { ...flags, restart: true })];
  if (error instanceof Error && error.name === 'ExportFailedError') return [exportAdvice('Start again', directory)];
  if (error instanceof LineItemError) return [newExportAdvice(directory)];
  if (error instanceof InvalidRequestError || error instanceof FormatError) return [];
  const baseUrl = startedElsewhere(error, flags, location);
  if (baseUrl) return [baseUrl];
  const { status } = error instanceof GraphRequestError ? error : {};
  if (status === 410) return [exportAdvice('Start again', directory, true)];
  return [...adviceOnService(error, flags, env), ...(status === 404 ? [] : [resumeAdvice(directory, flags)])];
}

/** Returns what to check after an error of the service, the sign-in, the storage, or a proxy before them. */
export function adviceOnService(
  error: unknown,
  { 'base-url': url }: Partial<ConnectionValues>,
  env: Context['env'],
): readonly string[] {
  const { status } = error instanceof GraphRequestError ? error : {};
  if (status === 401 && env.GRAPH_ACCESS_TOKEN) return [NEW_TOKEN];
  const isUnanswered = error instanceof NetworkError || UNANSWERED.test(`${error}`);
  const advice = isUnanswered ? proxyAdvice(env, url) : [];
  if (advice.length > 0 && /\(407\)/.test(`${error}`)) advice.push(PROXY_LOGIN);
  if (url === undefined) {
    const isOffline = isUnanswered && advice.length === 0;
    return isOffline ? [OFFLINE] : advice;
  }
  if (error instanceof NetworkError) return [...advice, `Check --base-url, and that a service is running at ${url}.`];
  const isUnknownPath = status === 404 && !/\/(v1\.0|beta)\/*$/.test(url);
  return isUnknownPath ? [`Does --base-url end in /v1.0? It is ${url}.`] : advice;
}

/** Returns the base URL to use instead, if the service or the sign-in failed, and the export was started elsewhere. */
export function startedElsewhere(
  error: unknown,
  { 'base-url': url }: Partial<ConnectionValues>,
  location: string,
): string | undefined {
  const { base, origin } = elsewhere(location) ?? {};
  if (!base || origin === new URL(url ?? GRAPH).origin) return undefined;
  const isOurs = error instanceof UnbilledUsageError || error instanceof CommandError;
  if (isOurs && !(error instanceof GraphRequestError || error instanceof NetworkError)) return undefined;
  return `The export was started at ${origin}; add --base-url ${quoted(base)}`;
}

/**
 * Returns the base URL in the location of an export, and its origin. A proxy passes on the `Location` of Microsoft
 * Graph, so that one means nothing.
 */
function elsewhere(location: string): { base: string; origin: string } | undefined {
  const [, base, origin] =
    /^((https?:\/\/[^/@?#\s]+)[^?#\s]*?)\/reports\/partners\/billing\/operations\//.exec(location) ?? [];
  return base && origin && origin !== GRAPH ? { base, origin } : undefined;
}

function operand(directory: string): string {
  return quoted(directory.startsWith('-') ? `./${directory}` : directory);
}

/**
 * Returns an argument that can be pasted: on Windows into PowerShell and cmd, where a backslash before a quotation mark
 * would escape it, and elsewhere into sh.
 */
export function quoted(argument: string, platform = process.platform): string {
  if (platform === 'win32') {
    return /^[\w./:\\+-]+$/.test(argument) ? argument : `"${argument.replace(/\\+$/, '')}"`;
  }
  return /^[\w./:@%+=,-]+$/.test(argument) ? argument : `'${argument.replaceAll("'", "'\\''")}'`;
}
