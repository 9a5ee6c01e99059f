import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createServer, type Socket } from 'node:net';
import { gunzipSync } from 'node:zlib';
import { describe, expect, it, onTestFinished } from 'vitest';
import { distFiles } from '../../spec/build/dist-files.ts';
import { spec } from '../kit/document/document.ts';
import { problems } from '../kit/document/problems.ts';
import { directFetch } from '../support/observe.setup.ts';
import { clientOf, collect } from '../support/play.ts';

const files = distFiles();
const bytes = (path: string): Buffer => Buffer.from(files[`fixtures/${path}`] ?? '');
const text = (path: string): string => bytes(path).toString();
const named = (end: string) =>
  Object.keys(files).flatMap((path) =>
    path.startsWith('fixtures/part-') && path.endsWith(end) ? [path.slice(9)] : [],
  );

const source = readFileSync('spec/examples/line-items.jsonl', 'utf8');
const items: Record<string, unknown>[] = source
  .trimEnd()
  .split('\n')
  .map((line) => JSON.parse(line));

describe('the fixtures', () => {
  it('contain each named example of the contract', () => {
    const all = JSON.stringify(spec.paths) + JSON.stringify(spec.components.responses);
    const names = [...all.matchAll(/"(\w+)":\{(?:"summary":"[^"]*",)?"(?:value|\$ref":"#\/components\/examples)/g)].map(
      ([, name]) => name,
    );
    expect(names).toHaveLength(3 + 7 + 2 + 10);
    for (const name of names) expect(Object.keys(files)).toContain(`fixtures/${name}.json`);
    for (const [name, { value }] of Object.entries<{ value: unknown }>(spec.components.examples)) {
      expect(JSON.parse(text(`${name}.json`))).toEqual(value);
    }
  });

  it('contain the blobs of the example manifest, with their checksums and line items', () => {
    const { blobs } = spec.components.examples.manifest.value;
    expect(named('.json.gz')).toEqual(blobs.map(({ name }: { name: string }) => name));
    for (const blob of named('.json.gz')) {
      expect(gunzipSync(bytes(blob)).toString()).toBe(text(blob.replace('.json.gz', '.jsonl')));
      expect(text(`${blob}.sha256`)).toBe(`${createHash('sha256').update(bytes(blob)).digest('hex')}  ${blob}\n`);
      // The gzip header has no time, flags or system, so that all builds give the same bytes.
      expect([...bytes(blob).subarray(0, 10)]).toEqual([0x1f, 0x8b, 8, 0, 0, 0, 0, 0, expect.any(Number), 255]);
    }
    expect(named('.jsonl').map(text).join('')).toBe(source);
  });
});

describe('the sample line items', () => {
  const spellings: Record<string, string> = {
    BenefitID: 'BenefitId',
    BenefitOrderID: 'BenefitOrderId',
    ResourceUri: 'ResourceURI',
  };
  const attributes = Object.keys(spec.components.schemas.UsageLineItem.properties).filter((name) => !spellings[name]);

  it('follow the contract and have all attributes each', () => {
    expect(items).toHaveLength(20);
    for (const item of items) {
      expect(problems('/components/schemas/UsageLineItem', item)).toEqual([]);
      const names = Object.keys(item).map((name) => spellings[name] ?? name);
      expect(names.filter((name) => attributes.includes(name)).sort()).toEqual(attributes.toSorted());
    }
  });

  it.each([
    ['22 digits', /:0\.[1-9]\d{21},/],
    ['an amount that a double cannot hold', /"BillingPreTaxTotal":3\.914079999999999999995,/],
    ['an exponent', /"Quantity":1\.5E\+3,/],
    ['a credit', /"BillingPreTaxTotal":-/],
    ['a number in quotes', /"Quantity": "24\.0"/],
    ['a missing number', /"Quantity":"",/],
    ['JSON in a string', /"Tags":"\{\\"path\\":\\"C:\\\\\\\\archive/],
    ['names that are not ASCII', /"CustomerName":"東京物産株式会社"/],
    ['a name written from right to left', /"CustomerName":"شركة النخيل"/],
    ['a line separator within a text', /\u2028/],
    ['escapes', /Caf\\u00e9 M\\u00fcller \\u0026/],
    ['an unknown attribute', /"CarbonFootprint":\{/],
    ['another spelling', /"ResourceUri":/],
    ['a date without an offset', /"UsageDate":"2024-09-15T00:00:00"/],
  ])('have %s', (_, pattern) => {
    expect(source).toMatch(pattern);
  });
});

describe('the HTTP exchanges', () => {
  const head = (message: string) => message.slice(0, message.indexOf('\r\n\r\n'));
  const body = (message: string) => message.slice(message.indexOf('\r\n\r\n') + 4);

  it.each(Object.keys(files).filter((path) => path.endsWith('.http')))('%s is a valid message', (path) => {
    const message = text(path.slice(9));
    const [first, ...headers] = head(message).split('\r\n');
    expect(first).toMatch(/response/.test(path) ? /^HTTP\/1\.1 \d{3} \w/ : /^(GET|POST) \/\S+ HTTP\/1\.1$/);
    for (const header of headers) expect(header).toMatch(/^[A-Za-z0-9-]+: \S.*$/);
    if (/blob/.test(path)) return expect(body(message)).toBe('');
    const length = /^Content-Length: (\d+)$/m.exec(head(message))?.[1] ?? 0;
    expect(Buffer.byteLength(body(message))).toBe(Number(length));
    expect(message).not.toContain('undefined');
  });

  it.each([
    ['embedded', ['1-export', '2-not-started', '3-running', '4-succeeded-embedded']],
    ['linked', ['1-export', '2-not-started', '3-running', '4-succeeded-linked', '5-manifest']],
    ['throttled at first', ['1-export-throttled', '1-export', '4-succeeded-embedded']],
  ])('match what the client sends and reads, with the manifest %s', async (_, story) => {
    const steps = [...story, '6-blob-0', '6-blob-1'];
    const requests: string[] = [];
    const server = createServer((socket: Socket) => {
      let message = '';
      socket.on('data', (piece) => {
        message += piece;
        const length = Number(/^content-length: (\d+)/im.exec(message)?.[1] ?? 0);
        if (!message.includes('\r\n\r\n') || Buffer.byteLength(body(message)) < length) return;
        const step = steps[requests.push(message) - 1] ?? '';
        // Unchanged, except for the wait.
        socket.write(text(`http/${step}.response.http`).replace('Retry-After: 2', 'Retry-After: 0'));
        socket.end(/blob/.test(step) ? bytes(named('.json.gz')[Number(step.at(-1))] ?? '') : '');
      });
    }).listen(0, '127.0.0.1');
    onTestFinished(() => void server.close());
    await new Promise((resolve) => server.once('listening', resolve));
    const url = `http://127.0.0.1:${(server.address() as { port: number }).port}`;

    // Replaces the host of the vendor's storage, as named in the examples, with this server.
    const fetch: typeof globalThis.fetch = (input, init) =>
      directFetch(
        `${input instanceof Request ? input.url : input}`.replace(/^https:\/\/billingexports[^/]*/, url),
        init ?? (input as Request),
      );
    const request = { currencyCode: 'USD', attributeSet: 'full', billingPeriod: 'current' } as const;
    const read = await collect(clientOf({ url }, { fetch }).exportLineItems(request, { pollIntervalMs: 1 }));

    expect(read).toEqual(items);
    const line = (message: string) => message.split('\r\n')[0];
    expect(requests.map(line)).toEqual(steps.map((step) => line(text(`http/${step}.request.http`))));
    for (const [i, step] of steps.entries()) {
      const documented = text(`http/${step}.request.http`);
      expect(body(requests[i] ?? '')).toBe(body(documented));
      for (const name of ['content-type', 'accept-encoding', 'authorization', 'client-request-id']) {
        const has = (message: string) => new RegExp(`^${name}: `, 'im').test(head(message));
        if (name !== 'accept-encoding' || /blob/.test(step))
          expect([name, has(requests[i] ?? '')]).toEqual([name, has(documented)]);
      }
    }
  });
});
