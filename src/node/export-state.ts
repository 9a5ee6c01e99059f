import { constants } from 'node:fs';
import { open, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { ExportHandle } from '../export.ts';
import { checkHandle } from '../export-handle.ts';
import { checkBlobNames } from './blob-name.ts';
import { at, DirectoryError } from './directory-error.ts';

/** The result of verifying a file. */
export interface Verified {
  /** The compressed size. */
  bytes: number;
  /** The CRC-32 of the compressed bytes. Absent from an `export.json` of version 0.1.0. */
  crc32?: number | undefined;
  lineItems: number;
}

/** The state of one blob in `export.json`. */
export interface BlobState {
  /** The ETag of the blob that the partial file belongs to. */
  etag?: string | undefined;
  /** The MD5 of the whole blob that the storage sent, in base64. */
  md5?: string | undefined;
  /** The transport decoded a `Content-Encoding`, so the file need not be gzip. */
  encoded?: true | undefined;
  done?: Verified | undefined;
  /** A reader found that the finished file has changed since it was verified. */
  damaged?: true | undefined;
}

/** The part of a manifest that identifies its data. */
export interface StoredManifest {
  id?: string | undefined;
  eTag?: string | undefined;
  createdDateTime?: string | undefined;
  blobs: { name: string }[];
}

/** The content of `export.json`: all that another run needs to resume, without a secret. */
export interface ExportState {
  handle?: ExportHandle | undefined;
  /** The export failed, so there is nothing to resume. */
  failed?: true | undefined;
  /** Absent until the export ends. */
  manifest?: StoredManifest | undefined;
  blobs: Map<string, BlobState>;
}

export const STATE = 'export.json';

/** Opens a file without following a symbolic link or waiting for the other end of a pipe. Windows has neither flag. */
export const PLAIN = (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0);

/** @throws A {@link DirectoryError} if the directory contains no export, or if `export.json` is damaged */
export async function readState(directory: string): Promise<ExportState> {
  const path = join(directory, STATE);
  const file = await open(path, constants.O_RDONLY | PLAIN).catch(async (error) => {
    const isMissing = error.code === 'ENOENT' || error.code === 'ENOTDIR';
    throw isMissing ? new DirectoryError(directory, await absence(directory), error) : new DirectoryError(path, error);
  });
  try {
    if (!(await at(path, file.stat())).isFile()) throw new DirectoryError(path, 'is not a regular file');
    return parseState(await at(path, file.readFile('utf8')), path);
  } finally {
    await file.close();
  }
}

/** Returns why a directory contains no `export.json`. */
async function absence(directory: string): Promise<string> {
  const stats = await stat(directory).catch(() => undefined);
  if (!stats) return 'does not exist';
  return stats.isDirectory() ? 'contains no export' : 'is not a directory';
}

export function stringifyState({ blobs, ...state }: ExportState): string {
  return `${JSON.stringify({ ...state, blobs: Object.fromEntries(blobs) }, undefined, 2)}\n`;
}

/** Checks everything in the file, because people edit it and disks damage it. */
function parseState(text: string, path: string): ExportState {
  try {
    const { handle, failed, manifest, blobs } = asObject(JSON.parse(text)) as unknown as ExportState;
    if (![undefined, true].includes(failed)) throw new TypeError('failed');
    return {
      ...(handle !== undefined && { handle: checkHandle(handle, '') }),
      ...(failed && { failed }),
      ...(manifest !== undefined && { manifest: parseManifest(manifest) }),
      blobs: new Map(Object.entries(asObject(blobs ?? {})).map(([name, blob]) => [name, parseBlob(blob as BlobState)])),
    };
  } catch {
    throw new DirectoryError(path, 'is damaged; delete its directory, and download again');
  }
}

function asObject(value: unknown): object {
  if (typeof value === 'object' && value !== null) return value;
  throw new TypeError('object');
}

function parseManifest(manifest: StoredManifest) {
  assertText(manifest.eTag);
  if (manifest.blobs.some(({ name }) => typeof name !== 'string')) throw new TypeError('name');
  checkBlobNames(manifest, undefined);
  return manifest;
}

function parseBlob({ etag, md5, encoded, done, damaged }: BlobState): BlobState {
  assertText(etag);
  assertText(md5);
  const counts = done ? [done.bytes, done.lineItems, done.crc32 ?? 0] : [];
  const isRight = counts.every((count) => Number.isSafeInteger(count) && count >= 0);
  if (!isRight) throw new TypeError('done');
  for (const flag of [encoded, damaged]) if (![undefined, true].includes(flag)) throw new TypeError('flag');
  return { etag, md5, encoded, done, damaged };
}

function assertText(value: unknown): void {
  if (value !== undefined && typeof value !== 'string') throw new TypeError('text');
}
