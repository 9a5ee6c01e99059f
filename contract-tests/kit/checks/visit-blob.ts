import type { Manifest } from '../document/manifest.ts';
import { NoAnswerError, reason } from './no-answer-error.ts';
import { type BlobContent, readBlob } from './read-blob.ts';

/** What the storage answered, or why it did not. */
export type BlobVisit = BlobAnswers | { unreachable: string };

export interface BlobAnswers extends BlobContent {
  whole: Answer;
  /** The answer to a request for bytes 0 to 15, with the ETag of `whole`. */
  range: Answer & { bytes: Uint8Array };
  /** The answer to a request with another ETag. */
  otherVersion: Answer;
  withoutSas: Answer;
}

interface Answer {
  status: number;
  headers: Headers;
}

/** Reads the first blob of a manifest: the whole, a part of it, and what nobody should get. Never sends the token. */
export async function visitBlob(
  { rootDirectory, blobs, sasToken }: Partial<Manifest>,
  deadline: AbortSignal,
  fetch: typeof globalThis.fetch = globalThis.fetch,
): Promise<BlobVisit | undefined> {
  const url = `${rootDirectory}/${blobs?.[0]?.name}`;
  if (blobs?.[0]?.name === undefined || !/^https?:/.test(url) || !URL.canParse(url)) return undefined;
  const get = (headers: Record<string, string>, sas = `?${sasToken}`) =>
    fetch(url + sas, { headers: { 'accept-encoding': 'identity', ...headers }, signal: deadline });
  try {
    const response = await get({});
    const whole = { status: response.status, headers: response.headers };
    const content = await readBlob(response.body);
    const part = await get({ range: 'bytes=0-15', 'if-match': whole.headers.get('etag') ?? '*' });
    const range = { status: part.status, headers: part.headers, bytes: new Uint8Array(await part.arrayBuffer()) };
    const otherVersion = await answerOf(get({ 'if-match': '"another-version"' }));
    return { whole, ...content, range, otherVersion, withoutSas: await answerOf(get({}, '')) };
  } catch (error) {
    if (deadline.aborted) throw new NoAnswerError(`GET ${url}`, error, deadline);
    return { unreachable: reason(error) };
  }
}

async function answerOf(answer: Promise<Response>): Promise<Answer> {
  const { status, headers, body } = await answer;
  await body?.cancel();
  return { status, headers };
}
