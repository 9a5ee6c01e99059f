import { describe, expect, it } from 'vitest';
import { at } from '../kit/document/document.ts';
import { problems } from '../kit/document/problems.ts';
import { describeObject } from '../support/describe-object.ts';
import { type Kind, text } from '../support/documented-values.ts';

const oneOf = (...values: string[]): Kind => ({
  is: values.join(' or '),
  takes: values,
  refuses: [
    '',
    'foreign',
    'unknownFutureValue',
    values.join(),
    ...values.map((value) => value.toUpperCase()),
    ...text.refuses,
  ],
});
const currency: Kind = {
  is: 'a currency code of three capital letters',
  takes: ['USD', 'INR', 'EUR', 'AZA', 'ZAZ'],
  refuses: ['', 'U', 'US', 'USDX', 'usd', 'Usd', 'US1', 'U$D', ' USD', 'USD ', 'xUSD', 'USDx', 840, ...text.refuses],
};

describeObject(
  'UnbilledUsageExportRequest',
  { currencyCode: 'USD', billingPeriod: 'current' },
  {
    currencyCode: [currency, 'required'],
    billingPeriod: [oneOf('current', 'last'), 'required'],
    attributeSet: [oneOf('full', 'basic'), 'optional'],
  },
  { closed: true },
);

it('the default attribute set is full, in words that do not make generators require it', () => {
  const { node } = at('/components/schemas/UnbilledUsageExportRequest/properties/attributeSet');
  expect(node?.description).toMatch(/^`full`, the service's default,/);
  expect(node).not.toHaveProperty('default');
});

describe('the body of a request', () => {
  const body = '/paths/~1reports~1partners~1billing~1usage~1unbilled~1export/post/requestBody';

  it('is required and is JSON', () => {
    expect(at(body).node).toMatchObject({ required: true });
    expect(Object.keys(at(body).node.content)).toEqual(['application/json']);
  });

  it('has the parameters of an export', () => {
    const schema = `${body}/content/application~1json/schema`;
    expect(problems(schema, { currencyCode: 'USD', attributeSet: 'full', billingPeriod: 'current' })).toEqual([]);
    expect(problems(schema, { currencyCode: 'USD' })).not.toEqual([]);
  });
});
