import { randomUUID } from 'node:crypto';
import { directFetch } from '../support/observe.setup.ts';
import { ACCOUNT, accountSas, containerSas } from './sas.ts';

/** Stores blobs in a directory of a new container. Azurite has no SAS for a directory, so it gets one for the container. */
export async function storeInEmulator(url: string, directory: string, blobs: Record<string, Uint8Array>) {
  const name = `unbilled-${randomUUID()}`;
  const container = `${url}/${ACCOUNT}/${name}`;
  const rootDirectory = `${container}/${directory}`;
  const sas = accountSas();
  await put(`${container}?restype=container&${sas}`, new Uint8Array());
  for (const [blob, bytes] of Object.entries(blobs)) await put(`${rootDirectory}/${blob}?${sas}`, bytes);
  return { url, rootDirectory, sasToken: (validForMs?: number) => containerSas(name, validForMs) };
}

async function put(url: string, bytes: Uint8Array): Promise<void> {
  const body = new Uint8Array(bytes);
  const answer = await directFetch(url, { method: 'PUT', headers: { 'x-ms-blob-type': 'BlockBlob' }, body });
  if (answer.status !== 201) throw new Error(`Azurite answered ${answer.status}: ${await answer.text()}`);
}
