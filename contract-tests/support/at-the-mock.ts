import { registerHooks } from 'node:module';

// Preloaded by a documented program: what it asks of Microsoft Graph goes to the mock, its package is these sources, and
// its credential needs no account.

const { fetch } = globalThis;
const toMock = (url: string) =>
  url.replace('https://graph.microsoft.com', `${process.env.MOCK_URL}`).replace('https://127', 'http://127');
globalThis.fetch = async (input, init) => {
  const response =
    input instanceof Request
      ? await fetch(new Request(toMock(input.url), input), init)
      : await fetch(toMock(String(input)), init);
  if (!response.headers.get('content-type')?.includes('json')) return response;
  // The program knows the service by an https URL, so its storage must have one, too.
  const text = (await response.text()).replaceAll('"http://127', '"https://127');
  return new Response(text || null, response);
};

const identity = `export class DefaultAzureCredential {
  getToken = async () => ({ token: 'any', expiresOnTimestamp: Date.now() + 3_600_000 });
}`;
const modules: Record<string, string> = {
  '@azure/identity': `data:text/javascript,${encodeURIComponent(identity)}`,
  'partner-unbilled-usage': import.meta.resolve('../../src/index.ts'),
  'partner-unbilled-usage/node': import.meta.resolve('../../src/node/index.ts'),
  'partner-unbilled-usage/generated': import.meta.resolve('../../generated/index.ts'),
  'partner-unbilled-usage/fixtures/failedNoData.json': import.meta.resolve(
    '../../spec/dist/fixtures/failedNoData.json',
  ),
  'partner-unbilled-usage-contract': import.meta.resolve('../kit/index.ts'),
};
registerHooks({
  resolve: (specifier, context, next) =>
    modules[specifier] ? { url: modules[specifier], shortCircuit: true } : next(specifier, context),
});
