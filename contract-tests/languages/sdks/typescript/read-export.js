// Prints the line items of an export, whose manifest comes from Microsoft's SDK.
import { setTimeout } from 'node:timers/promises';
import { gunzipSync } from 'node:zlib';
import { Client, HTTPMessageHandler, ResponseType } from '@microsoft/microsoft-graph-client';

const [, , baseUrl] = process.argv;
const { origin, pathname } = new URL(baseUrl);
const graph = Client.initWithMiddleware({
  // Not `authProvider`: the SDK sends its token only over TLS, which the mock does not have.
  middleware: new HTTPMessageHandler(),
  fetchOptions: { headers: { Authorization: 'Bearer any' } },
  baseUrl: `${origin}/`,
  defaultVersion: pathname.slice(1),
});
const billing = '/reports/partners/billing';

// The SDK returns the body, and there is none: the header has the ID.
const request = { currencyCode: 'USD', billingPeriod: 'last' };
const accepted = await graph.api(`${billing}/usage/unbilled/export`).responseType(ResponseType.RAW).post(request);
const id = accepted.headers.get('location').split('/').at(-1);
let operation = await graph.api(`${billing}/operations/${id}`).get();
while (operation['@odata.type'] === '#microsoft.graph.partners.billing.runningOperation') {
  await setTimeout(1_000);
  operation = await graph.api(`${billing}/operations/${id}`).get();
}
const link = operation['resourceLocation@odata.navigationLink'];
const manifest =
  operation.resourceLocation ?? (await graph.api(`${billing}/manifests/${link.split('/').at(-1)}`).get());
for (const { name } of manifest.blobs) {
  const stored = await fetch(`${manifest.rootDirectory}/${name}?${manifest.sasToken}`);
  process.stdout.write(gunzipSync(await stored.arrayBuffer()));
}
