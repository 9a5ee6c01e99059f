import type { Manifest, Operation } from '../generated/index.ts';
import { ContractError, DataVersionError } from './errors.ts';
import { type ExportHandle, idIn } from './export-handle.ts';
import { quote } from './redact.ts';

/**
 * Where a successful operation has its manifest: in place, as observed, or behind a link, as documented.
 *
 * @throws {@link ContractError} when it has none
 */
export function manifestIn(operation: Operation, handle: ExportHandle): { embedded: unknown } | { manifestId: string } {
  const { resourceLocation, 'resourceLocation@odata.navigationLink': link } = operation as Record<string, unknown>;
  if (resourceLocation) return { embedded: resourceLocation };
  if (!link)
    throw new ContractError('resourceLocation', 'is missing in a successful operation, and so is a link to it', handle);
  const manifestId = typeof link === 'string' ? idIn(link, 'manifests') : undefined;
  if (manifestId) return { manifestId };
  throw new ContractError('resourceLocation@odata.navigationLink', `names no manifest: ${quote(link)}`, handle);
}

/**
 * What is needed of a manifest is there; the rest may be new or missing.
 *
 * @throws {@link ContractError}
 * @see https://learn.microsoft.com/graph/api/resources/partners-billing-manifest
 */
export function checkManifest(value: unknown, handle?: ExportHandle): Manifest {
  const fail = (where: string, problem: string): never => {
    throw new ContractError(where, problem, handle);
  };
  const manifest = (value ?? {}) as Manifest;
  const { rootDirectory, sasToken, blobs, blobCount } = manifest;
  if (typeof rootDirectory !== 'string' || !/^https?:\/\//i.test(rootDirectory) || !URL.canParse(rootDirectory)) {
    fail('manifest.rootDirectory', `is no http(s) URL: ${quote(rootDirectory)}`);
  }
  if (typeof sasToken !== 'string' || sasToken === '') fail('manifest.sasToken', 'is missing');
  if (!Array.isArray(blobs)) fail('manifest.blobs', 'is missing');
  for (const [i, blob] of blobs.entries()) {
    if (typeof blob?.name !== 'string' || blob.name === '') fail(`manifest.blobs[${i}].name`, 'is missing');
  }
  if (blobCount !== undefined && blobCount !== blobs.length) {
    fail('manifest.blobCount', `is ${quote(blobCount)}, yet ${blobs.length} blobs are listed`);
  }
  return manifest;
}

/**
 * The renewed manifest, when it is of the same data as the one before.
 *
 * @throws {@link DataVersionError}, or {@link ContractError} when there is no `eTag` to tell by
 */
export function sameData(before: Pick<Manifest, 'eTag'>, renewed: Manifest, advice?: string): Manifest {
  if (before.eTag !== renewed.eTag) throw new DataVersionError(before.eTag, renewed.eTag, advice);
  if (!before.eTag) throw new ContractError('manifest.eTag', 'is missing: new data could not be told from a new SAS');
  return renewed;
}

/** The URL of a blob, joined as the service gave the parts. It holds the SAS: not for messages. */
export function blobUrl({ rootDirectory, sasToken }: Manifest, name: string): string {
  return `${rootDirectory.replace(/\/$/, '')}/${name}?${sasToken.replace(/^\?/, '')}`;
}
