import { createHttpPoller } from '@azure/core-lro';
import { BlobClient } from '@azure/storage-blob';
import { Client } from '@microsoft/microsoft-graph-client';

/** Runs the whole flow with the vendor's packages in a browser. Only its size matters. */
export async function* exportLineItems(authProvider, request) {
  const graph = Client.init({ authProvider, defaultVersion: 'v1.0' });
  const toOperation = async (response) => {
    const headers = Object.fromEntries([...response.headers].map(([name, value]) => [name.toLowerCase(), value]));
    const body = response.status === 200 ? await response.json() : {};
    return { flatResponse: body, rawResponse: { statusCode: response.status, headers, body } };
  };
  const poller = createHttpPoller({
    sendInitialRequest: async () =>
      toOperation(await graph.api('/reports/partners/billing/usage/unbilled/export').responseType('raw').post(request)),
    sendPollRequest: async (path) => toOperation(await graph.api(path).responseType('raw').get()),
  });
  const { resourceLocation: manifest } = await poller.pollUntilDone();
  for (const { name } of manifest.blobs) {
    const blob = new BlobClient(`${manifest.rootDirectory}/${name}?${manifest.sasToken}`);
    const body = await (await blob.download()).blobBody;
    const text = await new Response(body.stream().pipeThrough(new DecompressionStream('gzip'))).text();
    for (const line of text.split('\n')) if (line) yield JSON.parse(line);
  }
}
