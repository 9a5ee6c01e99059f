import { registerHooks } from 'node:module';

// Preloaded by the programs in the documentation: sends their requests for Microsoft Graph to the mock, resolves the
// package to these sources, and provides a credential without an account.

const { fetch } = globalThis;
const toMock = (url: string) =>
  url.replace('https://graph.microsoft.com', `${process.env.MOCK_URL}`).replace('https://127', 'http://127');
globalThis.fetch = async (input, init) => {
  const response =
    input instanceof Request
      ? await fetch(new Request(toMock(input.url), input), init)
      : await fetch(toMock(String(input)), init);
  if (!response.headers.get('content-type')?.includes('json')) return response;
  // The program uses an https URL for the service, so its storage needs one too.
  const text = (await response.text()).replaceAll('"http://127', '"https://127');
  return new Response(text || null, response);
};

const identity = `export class DefaultAzureCredential {
  getToken = async () => ({ token: 'any', expiresOnTimestamp: Date.now() + 3_600_000 });
}
export { DefaultAzureCredential as ClientSecretCredential };`;
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
