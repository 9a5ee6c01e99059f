import { createServer, type IncomingMessage } from 'node:http';
import { spec } from '../document/document.ts';
import { type BlobAnswer, blobAnswer, blobError } from './blob-answer.ts';
import { listen } from './listen.ts';
import { SasSigner } from './sas.ts';

export interface Storage {
  url: string;
  /** The URL of the directory of the blobs. */
  rootDirectory: string;
  /** Returns a SAS for the directory, by default for an hour. */
  sasToken: (validForMs?: number) => string;
  close: () => Promise<void>;
}

/** Starts a storage with one directory of blobs, which can be read with a SAS like in Azure Blob Storage. */
export async function startStorage(blobs: ReadonlyMap<string, Uint8Array>, port = 0): Promise<Storage> {
  const signer = new SasSigner();
  const directory = new URL(spec.components.examples.manifest.value.rootDirectory).pathname;

  function answer({ method, url = '', headers }: IncomingMessage): BlobAnswer {
    const [path = '', query = ''] = url.split(/\?(.*)/s);
    const [, folder = '', name = ''] = /^(.*)\/([^/]*)$/.exec(path) ?? [];
    // The storage must not receive a token for Microsoft Graph.
    if (headers.authorization !== undefined) return blobError(400, 'InvalidAuthenticationInfo');
    // With this `?`, the storage notices a SAS that starts with another `?`.
    const problem = signer.problem(folder, new URLSearchParams(`?${query}`));
    if (problem) return blobError(403, 'AuthenticationFailed', problem);
    if (method !== 'GET' && method !== 'HEAD') return blobError(403, 'AuthorizationPermissionMismatch');
    const bytes = folder === directory ? blobs.get(name) : undefined;
    return bytes ? blobAnswer(bytes, headers) : blobError(404, 'BlobNotFound');
  }

  const server = createServer((request, response) => {
    const { status, headers, body } = answer(request);
    response.writeHead(status, { 'content-length': Buffer.byteLength(body), ...headers }).end(body);
  });
  const { host, close } = await listen(server, port);
  const url = `http://${host}`;
  return { url, rootDirectory: url + directory, sasToken: (validForMs) => signer.sign(directory, validForMs), close };
}
