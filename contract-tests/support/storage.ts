import { randomUUID } from 'node:crypto';
import { inject } from 'vitest';
import type { Manifest } from '../../src/index.ts';
import { storeInEmulator } from '../emulator/store.ts';
import { startStorage } from '../kit/mock/storage.ts';
import { inMemory } from '../kit/mock/stored-blob.ts';
import { noteSas } from './leaks.ts';

declare module 'vitest' {
  interface ProvidedContext {
    emulatorUrl?: string;
  }
}

/** The URL of Azurite, which `npm run test:emulator` uses in place of the kit's storage. */
const emulatorUrl = inject('emulatorUrl');

export const IN_AZURITE = emulatorUrl !== undefined;

/** The error code for an invalid or expired SAS. Azurite has another than Azure and the kit's storage. */
export const REFUSED_SAS = IN_AZURITE ? 'AuthorizationFailure' : 'AuthenticationFailed';

export interface StoredBlobs {
  /** The URL of the storage. */
  url: string;
  /** The URL of the directory of the blobs. */
  rootDirectory: string;
  /** Returns a SAS that is valid for `validForMs` from now, by default for an hour. */
  sasToken: (validForMs?: number) => string;
}

const tenant = '5c1d0a3e-2f64-4b0e-9d3c-6a7be1f0c2d4';
/** A directory like the service's. */
const directory = `PartnerTenantId=${tenant}/BillingMonth=202409/Currency=USD/Fragment=full/PartitionType=default`;

/** Stores blobs in a storage, which ends with the process of the suite. */
export async function storeBlobs(blobs: Record<string, Uint8Array>): Promise<StoredBlobs> {
  if (emulatorUrl) return storeInEmulator(emulatorUrl, directory, blobs);
  const storage = await startStorage();
  const stored = Object.entries(blobs).map(([name, bytes]) => [name, inMemory(bytes)] as const);
  const { url, sas } = storage.store(`/unbilled/${directory}`, new Map(stored));
  return { url: storage.url, rootDirectory: url, sasToken: (validForMs) => sas.sign(validForMs) };
}

export interface StoredExport {
  /** The URL of the storage. */
  url: string;
  /** Returns the manifest with a SAS that is valid for `validForMs` from now. A negative value gives an expired SAS. */
  manifest: (validForMs?: number, changes?: Partial<Manifest>) => Manifest;
}

/** Stores the blobs of an export. */
export async function storeExport(blobs: Record<string, Uint8Array>): Promise<StoredExport> {
  const { url, rootDirectory, sasToken } = await storeBlobs(blobs);
  const id = randomUUID();
  return {
    url,
    manifest: (validForMs, changes = {}) => ({
      id,
      createdDateTime: '2024-10-01T08:37:46.2380197Z',
      schemaVersion: '2',
      dataFormat: 'compressedJSON',
      partitionType: 'default',
      eTag: 'a0N3lYhkTzc2',
      partnerTenantId: tenant,
      rootDirectory,
      sasToken: noteSas(sasToken(validForMs)),
      blobCount: Object.keys(blobs).length,
      blobs: Object.keys(blobs).map((name) => ({ name, partitionValue: 'default' })),
      ...changes,
    }),
  };
}
