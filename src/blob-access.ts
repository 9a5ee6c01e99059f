import type { Manifest } from '../generated/index.ts';
import type { ExportHandle } from './export.ts';
import type { Graph } from './graph.ts';
import { checkManifest, exportOf, fetchManifest, sameData } from './manifest.ts';
import { checkOptions } from './options.ts';
import { beginWait, type WaitOptions, waitForExport } from './wait.ts';

/** The manifest with the SAS in force, and the way to a new SAS, if there is one. */
export class BlobAccess {
  manifest: Manifest;
  /**
   * Replaces the manifest by one of the same data with a new SAS: once for all who ask at the same time. Absent if nothing
   * says where the manifest came from.
   *
   * @throws {@link DataVersionError}, {@link ContractError}, or what asking Microsoft Graph throws
   */
  readonly renew: (() => Promise<void>) | undefined;

  constructor(manifest: Manifest, fetchAgain: (() => Promise<Manifest>) | undefined) {
    this.manifest = manifest;
    let renewal: Promise<void> | undefined;
    const replace = async (fetchAgain: () => Promise<Manifest>) => {
      try {
        this.manifest = sameData(this.manifest, await fetchAgain());
      } finally {
        renewal = undefined;
      }
    };
    this.renew = fetchAgain && (() => (renewal ??= replace(fetchAgain)));
  }
}

/**
 * Gives access to the blobs of a manifest, or to those of a handle's export, for whose end it waits.
 *
 * @throws {@link InvalidRequestError}, {@link ContractError}, or what `waitForExport` throws
 */
export async function openBlobs(
  graph: Graph,
  source: ExportHandle | Manifest,
  options: WaitOptions,
): Promise<BlobAccess> {
  checkOptions(source, 'source');
  const { signal } = options;
  const manifest =
    'rootDirectory' in source
      ? checkManifest(source, graph.baseUrl)
      : await waitForExport(graph, source, beginWait(options));
  const handle = exportOf.get(manifest);
  const { id } = manifest;
  return new BlobAccess(
    manifest,
    handle
      ? () => waitForExport(graph, handle, beginWait({ signal }))
      : typeof id === 'string'
        ? () => fetchManifest(graph, id, { signal })
        : undefined,
  );
}
