import { createHash, createHmac, randomBytes, randomUUID } from 'node:crypto';
import { gunzipSync, gzipSync } from 'node:zlib';
import type { ServiceAnswer, ServiceRequest } from './independent-exchange.ts';

export interface IndependentStorage {
  /** Returns the names of the blobs, which are the same in every directory. */
  names(): string[];
  /** Returns a SAS for a directory, valid for an hour, as in a manifest. */
  sasToken(directory: string): string;
  /** Returns the version of a directory's data, which only changes with the data. */
  version(directory: string): string;
  answer(request: ServiceRequest): ServiceAnswer;
}

export const blobPath = /^(\/unbilled(?:\/\w+=[^/]+)+)\/([^/]+)$/;

const lifetime = 3_600_000;
const serviceVersion = '2024-08-04';

/**
 * Creates a storage with the same blobs in every directory, except for the currency and the attributes that the directory
 * names. A SAS is valid for one directory.
 */
export function openIndependentStorage(blobs: Record<string, Uint8Array>): IndependentStorage {
  const key = randomBytes(32);

  const sign = (directory: string, sas: URLSearchParams): string => {
    const signed = ['sp', 'se', 'sv', 'sr'].map((name) => sas.get(name) ?? '');
    return createHmac('sha256', key)
      .update([`/blob${directory}`, ...signed].join('\n'))
      .digest('base64');
  };

  const refusal = (directory: string, request: ServiceRequest): ServiceAnswer | undefined => {
    // Removes one question mark, but not a second one from a SAS that starts with it.
    const sas = new URLSearchParams(`?${request.query}`);
    // The storage must not receive a token for Graph.
    if (request.headers.authorization !== undefined) return problem(400, 'InvalidAuthenticationInfo');
    if (sas.get('sig') !== sign(directory, sas)) {
      return problem(403, 'AuthenticationFailed', 'Signature did not match.');
    }
    if (!(Date.parse(sas.get('se') ?? '') > Date.now())) {
      return problem(403, 'AuthenticationFailed', 'Signature not valid in the specified time frame.');
    }
    if (request.method !== 'GET' && request.method !== 'HEAD') {
      return problem(403, 'AuthorizationPermissionMismatch');
    }
    return undefined;
  };

  return {
    names: () => Object.keys(blobs),
    sasToken: (directory) => {
      const se = `${new Date(Date.now() + lifetime).toISOString().slice(0, 19)}Z`;
      const sas = new URLSearchParams({ sv: serviceVersion, se, sr: 'd', sp: 'rl' });
      sas.set('sig', sign(directory, sas));
      return sas.toString();
    },
    version: (directory) => {
      const hash = createHash('sha256').update(directory);
      for (const [name, bytes] of Object.entries(blobs)) hash.update(`\n${name} ${bytes.length}\n`).update(bytes);
      return hash.digest('base64url').slice(0, 16);
    },
    answer: (request) => {
      const [, directory = '', name = ''] = blobPath.exec(request.path) ?? [];
      const refused = refusal(directory, request);
      if (refused) return refused;
      const bytes = Object.hasOwn(blobs, name) ? blobs[name] : undefined;
      return bytes ? read(contentOf(directory, bytes), request.headers) : problem(404, 'BlobNotFound');
    },
  };
}

function read(bytes: Uint8Array, requestHeaders: Record<string, string>): ServiceAnswer {
  const etag = `"0x${createHash('sha256').update(bytes).digest('hex').slice(0, 15).toUpperCase()}"`;
  const etags = requestHeaders['if-match']?.split(',').map((each) => each.trim());
  if (etags && !etags.includes('*') && !etags.includes(etag)) return problem(412, 'ConditionNotMet');

  const md5 = createHash('md5').update(bytes).digest('base64');
  const headers = {
    ...common(),
    'content-type': 'application/octet-stream',
    'accept-ranges': 'bytes',
    etag,
    'x-ms-blob-type': 'BlockBlob',
  };
  const [, first, last] = /^bytes=(\d+)-(\d*)$/.exec(requestHeaders.range ?? '') ?? [];
  const end = Math.min(last ? Number(last) : Number.POSITIVE_INFINITY, bytes.length - 1);
  // An invalid range is ignored: https://www.rfc-editor.org/rfc/rfc9110#section-14.2
  if (first === undefined || (last && Number(last) < Number(first))) {
    return { status: 200, headers: { ...headers, 'content-md5': md5 }, body: bytes };
  }
  if (Number(first) >= bytes.length) {
    const answer = problem(416, 'InvalidRange');
    answer.headers['content-range'] = `bytes */${bytes.length}`;
    return answer;
  }
  return {
    status: 206,
    // Content-MD5 would be the MD5 of the part. The MD5 of the whole blob has a separate header.
    headers: { ...headers, 'content-range': `bytes ${first}-${end}/${bytes.length}`, 'x-ms-blob-content-md5': md5 },
    body: bytes.subarray(Number(first), end + 1),
  };
}

function problem(status: number, code: string, detail?: string): ServiceAnswer {
  const more = detail ? `<AuthenticationErrorDetail>${detail}</AuthenticationErrorDetail>` : '';
  return {
    status,
    headers: { ...common(), 'content-type': 'application/xml', 'x-ms-error-code': code },
    body: `<?xml version="1.0" encoding="utf-8"?><Error><Code>${code}</Code><Message>Refused.</Message>${more}</Error>`,
  };
}

function common(): Record<string, string> {
  return { date: new Date().toUTCString(), 'x-ms-version': serviceVersion, 'x-ms-request-id': randomUUID() };
}

/** The attributes that an export with the basic attribute set has. */
const basic = new Set(
  (
    'AdditionalInfo BenefitOrderId BenefitType BillingCurrency BillingPreTaxTotal ChargeEndDate ChargeStartDate ChargeType ' +
    'CreditPercentage CreditType CustomerId CustomerName EffectiveUnitPrice EntitlementId InvoiceNumber PartnerId ' +
    'PartnerName PCToBCExchangeRate PricingCurrency PricingPreTaxTotal ProductId PublisherName Quantity ResourceURI SkuId ' +
    'SkuName SubscriptionId UnitPrice UnitType UsageDate'
  ).split(' '),
);

type Source = { source: string };
const { rawJSON } = JSON as unknown as { rawJSON: (text: string) => unknown };
const exact = (_: string, value: unknown, { source }: Source) => (typeof value === 'number' ? rawJSON(source) : value);

/** Returns a blob for a directory, with every digit. A blob that is not what it should be stays so. */
function contentOf(directory: string, bytes: Uint8Array): Uint8Array {
  const [, currency = ''] = /\/Currency=([^/]+)/.exec(directory) ?? [];
  const isBasic = directory.includes('/Fragment=basic/');
  if (currency === 'USD' && !isBasic) return bytes;
  try {
    const lines = gunzipSync(bytes).toString().trimEnd().split('\n');
    return gzipSync(lines.map((line) => `${forDirectory(line)}\n`).join(''));
  } catch {
    return bytes;
  }

  function forDirectory(line: string): string {
    const item = JSON.parse(line, exact as Parameters<typeof JSON.parse>[1]);
    if ('BillingCurrency' in item) item.BillingCurrency = currency;
    const members = Object.entries(item).filter(([name]) => !isBasic || basic.has(name));
    return JSON.stringify(Object.fromEntries(members));
  }
}
