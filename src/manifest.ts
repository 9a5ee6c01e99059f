import { getManifest, type Manifest, type Operation } from '../generated/index.ts';
import type { Bounds } from './delay.ts';
import { ContractError, DataVersionError } from './errors.ts';
import type { ExportHandle } from './export.ts';
import { idIn } from './export-handle.ts';
import { ask, type Graph, parseJson } from './graph.ts';
import { conceal, quote } from './redact.ts';

/** Maps a manifest to its export, which returns a new SAS when it is polled again. */
export const exportOf = new WeakMap<Manifest, ExportHandle>();

/**
 * Fetches a manifest.
 *
 * @throws A {@link ContractError}, or what a request to Microsoft Graph throws
 * @see https://learn.microsoft.com/graph/api/partners-billing-manifest-get
 */
export async function fetchManifest(
  graph: Graph,
  manifestId: string,
  bounds: Bounds,
  handle?: ExportHandle,
): Promise<Manifest> {
  const answer = await ask(getManifest, { path: { manifestId } }, graph, bounds);
  return checkManifest(parseJson(answer, handle), graph.baseUrl, handle);
}

/**
 * Returns the ID of the manifest that a successful operation links to. Returns nothing if the operation embeds its
 * manifest: the documentation shows a link, but every observed response embeds the manifest.
 *
 * @throws A {@link ContractError} if it does neither
 */
export function linkedManifest(operation: Operation, handle: ExportHandle): string | undefined {
  const { resourceLocation, 'resourceLocation@odata.navigationLink': link } = operation as Record<string, unknown>;
  if (resourceLocation) return undefined;
  if (!link) throw new ContractError('resourceLocation', 'and its link are missing', handle);
  const manifestId = typeof link === 'string' ? idIn(link, 'manifests') : undefined;
  if (manifestId) return manifestId;
  throw new ContractError('resourceLocation@odata.navigationLink', `names no manifest: ${quote(link)}`, handle);
}

/**
 * Returns the manifest if it has all properties that the library needs. Others may be missing or unknown. If the base
 * URL uses https, so must the storage: the library never sends a SAS unencrypted.
 *
 * @throws A {@link ContractError}
 * @see https://learn.microsoft.com/graph/api/resources/partners-billing-manifest
 */
export function checkManifest(value: unknown, baseUrl: string, handle?: ExportHandle): Manifest {
  const fail = (where: string, problem: string): never => {
    throw new ContractError(`manifest.${where}`, problem, handle);
  };
  const manifest = (value ?? {}) as Manifest;
  const { rootDirectory, sasToken, blobs, blobCount } = manifest;
  if (typeof sasToken !== 'string' || !sasToken) fail('sasToken', 'is missing');
  conceal(/\bsig=([^&]*)/.exec(sasToken)?.[1]);
  const scheme = baseUrl.split('://')[0];
  const isUrl = typeof rootDirectory === 'string' && URL.canParse(rootDirectory);
  if (!isUrl || !['https', scheme].includes(rootDirectory.split('://')[0])) {
    fail('rootDirectory', `is not an ${scheme} URL: ${quote(rootDirectory)}`);
  }
  if (!Array.isArray(blobs)) fail('blobs', 'is missing');
  const names = new Set<string>();
  for (const [i, blob] of blobs.entries()) {
    if (typeof blob?.name !== 'string' || !blob.name) fail(`blobs[${i}].name`, 'is missing');
    if (names.add(blob.name).size <= i) fail(`blobs[${i}].name`, 'is listed twice');
  }
  if (blobCount !== undefined && blobCount !== blobs.length) {
    fail('blobCount', `is ${quote(blobCount)}, not ${blobs.length}`);
  }
  if (handle) exportOf.set(manifest, handle);
  return manifest;
}

/**
 * Returns the renewed manifest if it describes the same data as the one before.
 *
 * @throws A {@link DataVersionError}, or {@link ContractError} if there is no `eTag` to compare
 */
export function sameData(before: { eTag?: string | undefined }, renewed: Manifest, advice?: string): Manifest {
  if (before.eTag !== renewed.eTag) throw new DataVersionError(before.eTag, renewed.eTag, advice);
  if (!before.eTag) throw new ContractError('manifest.eTag', 'is needed to renew the SAS');
  return renewed;
}

/**
 * Returns the URL of a blob, joined from its parts as the service sent them. It contains the SAS: keep it out of
 * messages.
 */
export function blobUrl({ rootDirectory, sasToken }: Manifest, name: string): string {
  return `${rootDirectory.replace(/\/$/, '')}/${name}?${sasToken.replace(/^\?/, '')}`;
}
