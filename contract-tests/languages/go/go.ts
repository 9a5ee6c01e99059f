import { readFileSync } from 'node:fs';
import type { Language } from '../language.ts';

const modules = readFileSync(new URL('oapi-codegen/go.mod', import.meta.url), 'utf8');

export const go: Language = {
  name: 'Go',
  needs: { 'go version': /go1\.(2[6-9]|[3-9]\d)/ },
  locks: ['go/oapi-codegen/go.mod', 'go/oapi-codegen/go.sum'],
  // Compiles the generator.
  install: 'go mod download && go build -o bin/ github.com/oapi-codegen/oapi-codegen/v2/cmd/oapi-codegen',
  rows: [
    {
      tool: 'oapi-codegen',
      version: /oapi-codegen\/v2 v(\S+)/.exec(modules)?.[1] ?? '',
      command: 'oapi-codegen -config oapi-codegen.yaml dist/openapi-3.0.yaml',
      program: 'go/oapi-codegen',
      build: 'go build -o read-export .',
      run: './read-export $BASE_URL',
      amounts: 'exact',
      notes: 'The configuration makes amounts `json.Number` instead of `float32`. Replace `""` with `null` in lines',
    },
  ],
};
