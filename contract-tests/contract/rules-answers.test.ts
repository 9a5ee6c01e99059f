import { describe, expect, it } from 'vitest';
import { at } from '../kit/document/document.ts';
import { escapePointer } from '../kit/document/pointer.ts';
import { problems } from '../kit/document/problems.ts';
import { expectKind, operationLink, retryAfter, someText, text } from '../support/documented-values.ts';

const path = {
  exportUnbilledUsage: '/paths/~1reports~1partners~1billing~1usage~1unbilled~1export/post',
  getOperation: '/paths/~1reports~1partners~1billing~1operations~1{operationId}/get',
  getManifest: '/paths/~1reports~1partners~1billing~1manifests~1{manifestId}/get',
};

/** The headers of Microsoft Graph's responses, each with its kind and the value from the mock. */
const headers = {
  Location: [
    operationLink,
    'https://graph.microsoft.com/beta/reports/partners/billing/operations/9ab9cb54-d07f-4f52-9ea6-a09d7de52c14',
  ],
  'Retry-After': [retryAfter, '2'],
  'request-id': [someText, '0f8c3a3e-52a5-4a3c-9d7e-3d2c9a4f1b77'],
  'client-request-id': [someText, '7d8f5f0c-4f0c-4b8e-8f43-2d1c5b9a6e01'],
  'x-ms-ags-diagnostic': [text, expect.stringContaining('"DataCenter":"West Europe"')],
} as const;
type Header = keyof typeof headers;

const ids: Header[] = ['request-id', 'client-request-id'];
const ofErrors: Header[] = [...ids, 'x-ms-ags-diagnostic'];
const running = { '@odata.type': '#microsoft.graph.partners.billing.runningOperation', id: '1', status: 'running' };
const anOperation: Answer['body'] = [running, { ...running, '@odata.type': '#microsoft.graph.user' }];
const manifest = { rootDirectory: 'https://storage.example/a', sasToken: 'sig=x', blobs: [] };
const aManifest: Answer['body'] = [manifest, { ...manifest, sasToken: '' }];
const anError: Answer['body'] = [{ error: { code: 'a', message: 'b' } }, { error: { message: 'b' } }];

interface Answer {
  headers: Header[];
  /** A valid body and an invalid one. Absent if there is no body. */
  body?: [right: object, wrong: object];
  /** The code in the mock's body. */
  code?: string;
}

const errors: Record<string, Answer> = Object.fromEntries(
  [
    ['400', 'BadRequest'],
    ['401', 'InvalidAuthenticationToken'],
    ['403', 'Forbidden'],
    ['404', 'NotFound'],
    ['410', 'Gone'],
    ['429', 'TooManyRequests'],
    ['500', 'InternalServerError'],
    ['503', 'ServiceUnavailable'],
    ['504', 'GatewayTimeout'],
  ].map(([status = '', code = '']) => {
    const waits = status === '429' || status === '503';
    return [status, { headers: [...(waits ? (['Retry-After'] as const) : []), ...ofErrors], body: anError, code }];
  }),
);

const answers: Record<keyof typeof path, Record<string, Answer>> = {
  exportUnbilledUsage: {
    '202': { headers: ['Location', 'Retry-After', ...ids] },
    ...errors,
    '415': { headers: ofErrors, body: anError, code: 'UnsupportedMediaType' },
  },
  getOperation: { '200': { headers: ['Retry-After', ...ids], body: anOperation }, ...errors },
  getManifest: { '200': { headers: ids, body: aManifest }, ...errors },
};

describe.each(Object.entries(answers))('%s', (operation, documented) => {
  const responses = `${path[operation as keyof typeof path]}/responses`;

  it('answers with the documented statuses', () => {
    expect(Object.keys(at(responses).node ?? {})).toEqual(Object.keys(documented));
  });

  describe.each(Object.entries(documented))('%s', (status, answer) => {
    it('has the documented headers', () => {
      const { pointer, node } = at(`${responses}/${status}`);
      expect(Object.keys(node?.headers ?? {})).toEqual(answer.headers);
      for (const name of answer.headers) {
        const { pointer: header, node: documented } = at(`${pointer}/headers/${escapePointer(name)}`);
        const [kind, sample] = headers[name];
        expect(documented.required ?? false, `${name} is required`).toBe(name === 'Location');
        expectKind(`${header}/schema`, kind);
        const [first = { value: documented.example }] = Object.values<{ value: string }>(documented.examples ?? {});
        expect(first.value, `${name} in the mock`).toEqual(sample);
      }
    });

    it(answer.body ? 'has the documented body, as JSON' : 'has no body', () => {
      const { pointer, node } = at(`${responses}/${status}`);
      expect(Object.keys(node?.content ?? {})).toEqual(answer.body ? ['application/json'] : []);
      if (!answer.body) return;
      const schema = `${pointer}/content/application~1json/schema`;
      const [right, wrong] = answer.body;
      expect(problems(schema, right)).toEqual([]);
      expect(problems(schema, wrong)).not.toEqual([]);
    });

    const { code } = answer;
    if (code === undefined) return;
    it(`is "${code}" in the mock, with the IDs of its headers`, () => {
      const content = `${at(`${responses}/${status}`).pointer}/content/application~1json`;
      const [name = 'none'] = Object.keys(at(`${content}/examples`).node ?? {});
      const { error } = at(`${content}/examples/${name}`).node?.value ?? { error: {} };
      expect(error.code).toBe(code);
      expect(error.innerError ?? error.innererror).toMatchObject({
        'request-id': headers['request-id'][1],
        'client-request-id': headers['client-request-id'][1],
      });
    });
  });
});
