/**
 * Reads the line items of a manifest, or only the first one, in a separate process. Prints the largest resident set, in
 * bytes, and the time from the response headers to the first line item, in ms.
 */
const [library, manifest, extent] = process.argv.slice(2);
const { createUnbilledUsageClient } = await import(library);

let answeredAt;
let firstItemMs;
let count = 0;
let peak = 0;
const sample = () => {
  peak = Math.max(peak, process.memoryUsage.rss());
};
const client = createUnbilledUsageClient({
  credential: 'bench-token',
  baseUrl: 'http://127.0.0.1', // Never requested. With http, the storage may use http too.
  fetch: async (...args) => {
    const response = await fetch(...args);
    answeredAt ??= performance.now();
    return response;
  },
});
sample();
for await (const _ of client.lineItems(JSON.parse(manifest))) {
  firstItemMs ??= performance.now() - answeredAt;
  if (extent === 'first') break;
  // Every megabyte.
  if (++count % 500 === 0) sample();
}
sample();
console.log(JSON.stringify({ peak, firstItemMs, count }));
