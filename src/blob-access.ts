import type { Manifest } from '../generated/index.ts';
import type { ExportHandle } from './export.ts';
import type { Graph } from './graph.ts';
import { checkManifest, exportOf, fetchManifest, sameData } from './manifest.ts';
import { checkOptions } from './options.ts';
import { beginWait, type WaitOptions, waitForExport } from './wait.ts';

/** A manifest with its current SAS, and a way to renew the SAS, if there is one. */
export class BlobAccess {
  manifest: Manifest;
  /**
   * Replaces the manifest with one that has a new SAS for the same data. Concurrent calls share one request. Absent if
   * the manifest has neither a known export nor an ID.
   *
   * @throws A {@link DataVersionError}, {@link ContractError}, or what the request throws
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
 * Gives access to the blobs of a manifest. For a handle, waits until its export ends.
 *
 * @throws An {@link InvalidRequestError}, {@link ContractError}, or what `waitForExport` throws
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
