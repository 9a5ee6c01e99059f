import { registerHooks } from 'node:module';

// Preloaded by a documented program: what it asks of Microsoft Graph goes to the mock, its package is these sources, and
// its credential needs no account.

const { fetch } = globalThis;
const toMock = (url: string) => url.replace('https://graph.microsoft.com', `${process.env.MOCK_URL}`);
globalThis.fetch = (input, init) =>
  input instanceof Request ? fetch(new Request(toMock(input.url), input), init) : fetch(toMock(String(input)), init);

const identity = `export class DefaultAzureCredential {
  getToken = async () => ({ token: 'any', expiresOnTimestamp: Date.now() + 3_600_000 });
}`;
const modules: Record<string, string> = {
  '@azure/identity': `data:text/javascript,${encodeURIComponent(identity)}`,
  'partner-unbilled-usage': import.meta.resolve('../../src/index.ts'),
  'partner-unbilled-usage/node': import.meta.resolve('../../src/node/index.ts'),
  'partner-unbilled-usage/generated': import.meta.resolve('../../generated/index.ts'),
};
registerHooks({
  resolve: (specifier, context, next) =>
    modules[specifier] ? { url: modules[specifier], shortCircuit: true } : next(specifier, context),
});
