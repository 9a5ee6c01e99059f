import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { pipeline } from 'node:stream/promises';
import { blobAnswer, blobError } from './blob-answer.ts';
import { listen } from './listen.ts';
import { SasSigner } from './sas.ts';
import type { StoredBlob } from './stored-blob.ts';

/** A directory of blobs with a SAS of its own. */
export interface Directory {
  url: string;
  blobs: ReadonlyMap<string, StoredBlob>;
  sas: SasSigner;
  /** Called when a client reads a blob. With `half`, the connection breaks in the middle. */
  onRead?: (blob: string) => 'half' | undefined;
}

export interface Storage {
  url: string;
  /** Stores blobs in a new directory. `path` begins with a slash. */
  store: (path: string, blobs: ReadonlyMap<string, StoredBlob>) => Directory;
  close: () => Promise<void>;
}

/** Starts a storage whose blobs can be read with a SAS like in Azure Blob Storage. */
export async function startStorage(port = 0): Promise<Storage> {
  const directories = new Map<string, Directory>();

  async function answer({ method, url = '', headers }: IncomingMessage, response: ServerResponse): Promise<void> {
    const [path = '', query = ''] = url.split(/\?(.*)/s);
    const [, folder = '', name = ''] = /^(.*)\/([^/]*)$/.exec(path) ?? [];
    const directory = directories.get(folder);
    const { status, headers: answered, length, body } = find();
    const isRead = directory && status < 300 && method === 'GET';
    const ending = isRead ? directory.onRead?.(name) : undefined;
    response.writeHead(status, { 'content-length': length, ...answered });
    if (method === 'HEAD') return void response.end();
    if (ending !== 'half') return pipeline(body(), response);
    await pipeline(body(Math.floor(length / 2)), response, { end: false });
    response.destroy();

    function find() {
      // The storage must not receive a token for Microsoft Graph.
      if (headers.authorization !== undefined) return blobError(400, 'InvalidAuthenticationInfo');
      // With this `?`, the storage notices a SAS that starts with another `?`.
      const problem = directory ? directory.sas.problem(new URLSearchParams(`?${query}`)) : 'Signature did not match.';
      if (problem) return blobError(403, 'AuthenticationFailed', problem);
      if (method !== 'GET' && method !== 'HEAD') return blobError(403, 'AuthorizationPermissionMismatch');
      const blob = directory?.blobs.get(name);
      return blob ? blobAnswer(blob, headers) : blobError(404, 'BlobNotFound');
    }
  }

  const server = createServer((request, response) => {
    // A client may close the connection at any time.
    answer(request, response).catch(() => response.destroy());
  });
  const { host, close } = await listen(server, port);
  const url = `http://${host}`;
  const store = (path: string, blobs: ReadonlyMap<string, StoredBlob>) => {
    const directory: Directory = { url: url + path, blobs, sas: new SasSigner() };
    directories.set(path, directory);
    return directory;
  };
  return { url, store, close };
}
