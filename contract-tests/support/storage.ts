import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createRequire } from 'node:module';
import { createInterface } from 'node:readline';
import {
  BlobServiceClient,
  ContainerSASPermissions,
  generateBlobSASQueryParameters,
  StorageSharedKeyCredential,
} from '@azure/storage-blob';
import type { Manifest } from '../../src/index.ts';
import { noteSas } from './leaks.ts';

/** The public account of the emulator. */
const credential = new StorageSharedKeyCredential(
  'devstoreaccount1',
  'Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw==',
);

/** Starts Azurite, the vendor's storage emulator, as a process, by default on a free port. It checks SAS and ranges. */
export async function startStorage(port = 0): Promise<{ url: string; close: () => Promise<void> }> {
  const azurite = spawn(
    process.execPath,
    [
      createRequire(import.meta.url).resolve('azurite/dist/src/blob/main.js'),
      ...['--blobHost', '127.0.0.1', '--blobPort', `${port}`, '--inMemoryPersistence'],
      ...['--skipApiVersionCheck', '--disableTelemetry', '--silent'],
    ],
    { stdio: ['ignore', 'pipe', 'inherit'] },
  );
  const exit = once(azurite, 'exit');
  const close = async () => {
    // It has nothing to save, and throws if SIGTERM follows the SIGINT of a Ctrl-C.
    azurite.kill('SIGKILL');
    await exit;
  };
  for await (const line of createInterface(azurite.stdout)) {
    const url = /listen\w* (?:at|on) (http:\S+)/i.exec(line)?.[1];
    if (url) {
      azurite.stdout.resume();
      return { url, close };
    }
  }
  await close();
  throw new Error('The storage emulator ended before it was ready.');
}

export interface StoredExport {
  /** Returns the manifest with a SAS that is valid for `validForMs` from now. A negative value gives an expired SAS. */
  manifest: (validForMs?: number, changes?: Partial<Manifest>) => Manifest;
}

/** Stores blobs in a new container, in a directory like the service's. */
export async function storeExport(storageUrl: string, blobs: Record<string, Uint8Array>): Promise<StoredExport> {
  const service = new BlobServiceClient(`${storageUrl}/devstoreaccount1`, credential);
  const container = service.getContainerClient(`unbilled-${randomUUID()}`);
  await container.create();
  const tenant = '5c1d0a3e-2f64-4b0e-9d3c-6a7be1f0c2d4';
  const directory = `PartnerTenantId=${tenant}/BillingMonth=202409/Currency=USD/Fragment=full/PartitionType=default`;
  for (const [name, bytes] of Object.entries(blobs)) {
    await container.getBlockBlobClient(`${directory}/${name}`).uploadData(bytes);
  }
  const id = randomUUID();
  return {
    manifest: (validForMs = 3_600_000, changes = {}) => ({
      id,
      createdDateTime: '2024-10-01T08:37:46.2380197Z',
      schemaVersion: '2',
      dataFormat: 'compressedJSON',
      partitionType: 'default',
      eTag: 'a0N3lYhkTzc2',
      partnerTenantId: tenant,
      rootDirectory: `${container.url}/${directory}`,
      sasToken: noteSas(
        generateBlobSASQueryParameters(
          {
            containerName: container.containerName,
            permissions: ContainerSASPermissions.parse('rl'),
            startsOn: new Date(Date.now() - 7_200_000),
            expiresOn: new Date(Date.now() + validForMs),
          },
          credential,
        ).toString(),
      ),
      blobCount: Object.keys(blobs).length,
      blobs: Object.keys(blobs).map((name) => ({ name, partitionValue: 'default' })),
      ...changes,
    }),
  };
}
