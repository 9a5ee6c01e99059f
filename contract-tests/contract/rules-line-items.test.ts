import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { at } from '../kit/document/document.ts';
import { problems } from '../kit/document/problems.ts';
import { decimals, partnerMonth } from '../kit/mock/partner-month.ts';
import { describeObject } from '../support/describe-object.ts';
import { pages } from '../support/documentation.ts';
import { decimal, text } from '../support/documented-values.ts';

// The attributes of a line item from the vendor's two tables of usage attributes: those with `full`, and those with `basic`.

const inGraph = `AdditionalInfo AvailabilityId BenefitId BenefitOrderId BenefitType BillingCurrency BillingPreTaxTotal
  ChargeEndDate ChargeStartDate ChargeType ConsumedService CreditPercentage CreditType CustomerCountry CustomerDomainName
  CustomerId CustomerName EffectiveUnitPrice EntitlementDescription EntitlementId InvoiceNumber MeterCategory MeterId
  MeterName MeterRegion MeterSubCategory MeterType MpnId PartnerEarnedCreditPercentage PartnerId PartnerName
  PCToBCExchangeRate PricingCurrency PricingPreTaxTotal ProductId ProductName PublisherId
  PublisherName Quantity ResourceGroup ResourceLocation ResourceURI ServiceInfo1 ServiceInfo2 SkuId SkuName
  SubscriptionDescription SubscriptionId Tags Tier2MpnId Unit UnitPrice UnitType UsageDate`.split(/\s+/);

/** In the vendor's table of reconciliation attributes, and on Partner Center's page of the usage file. */
const elsewhere = 'PCToBCExchangeRateDate';

const full = [...inGraph, elsewhere];

const basic =
  `AdditionalInfo BenefitOrderId BenefitType BillingCurrency BillingPreTaxTotal ChargeEndDate ChargeStartDate
  ChargeType CreditPercentage CreditType CustomerId CustomerName EffectiveUnitPrice EntitlementId InvoiceNumber PartnerId
  PartnerName PCToBCExchangeRate PricingCurrency PricingPreTaxTotal ProductId PublisherName Quantity ResourceURI SkuId
  SkuName SubscriptionId UnitPrice UnitType UsageDate`.split(/\s+/);

const numbers = `BillingPreTaxTotal CreditPercentage EffectiveUnitPrice PartnerEarnedCreditPercentage PCToBCExchangeRate
  PricingPreTaxTotal Quantity UnitPrice`.split(/\s+/);

/** Documented or observed in addition to the usual spelling. */
const otherSpellings: Record<string, string> = {
  BenefitID: 'BenefitId',
  BenefitOrderID: 'BenefitOrderId',
  ResourceUri: 'ResourceURI',
};

const all = [...full, ...Object.keys(otherSpellings)];
const kind = (name: string) => (numbers.includes(name) ? decimal : text);

describeObject('UsageLineItem', {}, Object.fromEntries(all.map((name) => [name, [kind(name), 'optional']])));

describe('the attribute sets of a line item', () => {
  it('have 54 documented attributes, 30 of them basic, and one from another source', () => {
    expect([inGraph.length, basic.length]).toEqual([54, 30]);
    const { description } = at('/components/schemas/UsageLineItem').node;
    expect(description).toContain(`lists ${inGraph.length}. \`${elsewhere}\` has other sources`);
  });

  it.each(pages)('have the numbers that %s names', (page) => {
    for (const [words] of readFileSync(page, 'utf8').matchAll(/\d+ (attributes|of them)/g)) {
      expect([`${full.length} attributes`, `${inGraph.length} attributes`, `${basic.length} of them`]).toContain(words);
    }
  });

  it.each(all)('%s', (name) => {
    const documented = at('/components/schemas/UsageLineItem/properties').node[name];
    const expected = basic.includes(otherSpellings[name] ?? name) ? ['full', 'basic'] : ['full'];
    expect(documented?.['x-attribute-sets']).toEqual(expected);
  });

  it('have all attributes of the contract', () => {
    expect(Object.keys(at('/components/schemas/UsageLineItem/properties').node).sort()).toEqual(all.sort());
  });

  it('have the same attributes and numbers as the generated month', () => {
    const [item = {}] = partnerMonth(1);
    expect(Object.keys(item).sort()).toEqual(full.sort());
    expect([...decimals].sort()).toEqual(numbers.sort());
  });
});

it('a line of a blob is a line item', () => {
  expect(problems('/components/schemas/ManifestBlob/x-line-schema', { UnitPrice: 1, Unit: 'GB' })).toEqual([]);
  expect(problems('/components/schemas/ManifestBlob/x-line-schema', { UnitPrice: 'free' })).not.toEqual([]);
});
