// Without `defineConfig`: the generator is not among the project's packages, but in contract-tests/tools.
export default {
  // A path that does not begin with `./` would be taken for the name of an API in a registry.
  input: './spec/openapi.yaml',
  output: {
    path: './generated',
    module: { extension: '.ts' },
    // The client's runtime, which is copied and not rendered, does not pass exactOptionalPropertyTypes. All else does.
    header: ({ defaultValue, file }: { defaultValue: string[]; file?: unknown }) =>
      file ? [...defaultValue] : [...defaultValue, '// @ts-nocheck'],
  },
  plugins: [
    { name: '@hey-api/client-fetch', includeInEntry: true },
    '@hey-api/typescript',
    { name: '@hey-api/sdk', client: false },
  ],
};
