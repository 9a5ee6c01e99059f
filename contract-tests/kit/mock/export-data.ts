import { createHash, randomUUID } from 'node:crypto';
import { setTimeout } from 'node:timers/promises';
import { spec } from '../document/document.ts';
import type { ExportRequest } from '../document/manifest.ts';
import { months } from './line-items.ts';
import type { MadeUpData } from './made-up-data.ts';
import type { StorageFault } from './scenarios.ts';
import type { Storage } from './storage.ts';
import { type StoredBlob, truncated } from './stored-blob.ts';
import type { ExportData } from './story.ts';

const example = spec.components.examples.manifest.value;

/** Stores the data that an export asks for in a directory of its own, where a fault may happen. */
export function storeExport(
  request: ExportRequest,
  data: MadeUpData,
  storage: Storage,
  fault: StorageFault | undefined,
): ExportData {
  const id = randomUUID();
  const createdDateTime = new Date().toISOString();
  const directory = storage.store(pathOf(request), new Map());
  let version = 0;
  let written: Promise<void>;
  function write(): void {
    written = data.blobs(request, version).then((blobs) => {
      directory.blobs = withFault(blobs, fault);
    });
    // `manifest` reports it.
    written.catch(() => {});
  }
  write();

  const read = new Set<string>();
  directory.onRead = (blob) => {
    const isFirst = read.size === 0;
    const isFirstOfBlob = !read.has(blob);
    read.add(blob);
    if (fault === 'breaks' && isFirstOfBlob) return 'half';
    if ((fault === 'expires' || fault === 'changes') && isFirst) directory.sas.expire();
    if (fault === 'changes' && isFirst) {
      version++;
      write();
    }
    return undefined;
  };

  return {
    // A client that polls without a wait gets the same steps as others, unless there is much data.
    isReady: () => Promise.race([written.then(() => true), setTimeout(1_000, false)]).catch(() => true),
    async manifest() {
      await written;
      const { url, blobs, sas } = directory;
      return {
        ...example,
        id,
        createdDateTime,
        eTag: eTagOf(blobs),
        rootDirectory: url,
        sasToken: sas.sign(),
        blobCount: blobs.size,
        blobs: [...blobs.keys()].map((name) => ({ name, partitionValue: 'default' })),
      };
    },
  };
}

/** Returns the path of a directory like in the example of the contract, in a container of its own. */
function pathOf({ currencyCode, billingPeriod, attributeSet = 'full' }: ExportRequest): string {
  const values: Record<string, string> = {
    BillingMonth: months[billingPeriod].replace('-', ''),
    Currency: encodeURIComponent(currencyCode),
    Fragment: attributeSet,
  };
  const [, , ...segments] = new URL(example.rootDirectory).pathname.split('/');
  const named = segments.map((segment) => {
    const [name = ''] = segment.split('=');
    return name in values ? `${name}=${values[name]}` : segment;
  });
  return ['', `unbilled-${randomUUID()}`, ...named].join('/');
}

function withFault(
  blobs: ReadonlyMap<string, StoredBlob>,
  fault: StorageFault | undefined,
): ReadonlyMap<string, StoredBlob> {
  if (fault !== 'truncates') return blobs;
  const [name, blob] = [...blobs].at(-1) ?? [];
  return name && blob ? new Map([...blobs, [name, truncated(blob, 9)]]) : blobs;
}

/** Returns the version of the data. */
function eTagOf(blobs: ReadonlyMap<string, StoredBlob>): string {
  const hash = createHash('sha256');
  for (const [name, { size, md5 }] of blobs) hash.update(`${name} ${size} ${md5}\n`);
  return hash.digest('base64url').slice(0, 12);
}
