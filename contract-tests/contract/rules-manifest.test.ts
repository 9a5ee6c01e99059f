import { describe, expect, it } from 'vitest';
import { at } from '../kit/document/document.ts';
import { describeObject } from '../support/describe-object.ts';
import {
  anObject,
  dateTime,
  httpUrl,
  type Kind,
  listOf,
  someText,
  text,
  wholeNumber,
} from '../support/documented-values.ts';

const blob: Kind = {
  is: 'a blob',
  takes: [{ name: 'part-00000-3f0c8a52.c000.json.gz', partitionValue: 'default' }],
  refuses: [...anObject.refuses, {}, { name: 1 }],
};

const query: Kind = {
  is: 'a query string without its question mark',
  takes: ['sv=2022-11-02&sig=x', 'x', 'sig=a?b'],
  refuses: ['', '?', '?sig=x', ...text.refuses],
};

describeObject(
  'Manifest',
  {
    rootDirectory: 'https://billingexports.blob.core.windows.net/unbilled',
    sasToken: 'sv=2022-11-02&sig=x',
    blobs: [],
  },
  {
    id: [someText, 'optional'],
    createdDateTime: [dateTime, 'optional'],
    eTag: [text, 'optional'],
    schemaVersion: [text, 'optional'],
    dataFormat: [text, 'optional'],
    partitionType: [text, 'optional'],
    partnerTenantId: [text, 'optional'],
    rootDirectory: [httpUrl, 'required'],
    sasToken: [query, 'required'],
    blobCount: [wholeNumber, 'optional'],
    blobs: [listOf(blob), 'required'],
  },
);

describeObject('ManifestBlob', { name: 'x' }, { name: [someText, 'required'], partitionValue: [text, 'optional'] });

// Open lists: new values are valid, but these are the ones in use today.
describe('the known values of', () => {
  it.each([
    ['dataFormat', ['compressedJSONLines', 'compressedJSON']],
    ['partitionType', ['default', 'Default']],
  ])('%s', (property, values) => {
    expect(at(`/components/schemas/Manifest/properties/${property}`).node?.['x-extensible-enum']).toEqual(values);
  });
});
