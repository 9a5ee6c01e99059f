import type { UsageLineItem } from '../../index.ts';

export type Kind = 'text' | 'decimal' | 'date';

/** The attributes of the contract, each with the kind of its column. */
type Attributes = {
  [Name in keyof UsageLineItem]-?: number extends UsageLineItem[Name]
    ? 'decimal'
    : Name extends `${string}Date`
      ? 'date'
      : 'text';
};

/** Other spellings, and their columns. */
const otherSpellings = {
  BenefitID: 'BenefitId',
  BenefitOrderID: 'BenefitOrderId',
  ResourceUri: 'ResourceURI',
} as const satisfies Partial<Record<keyof Attributes, keyof Attributes>>;

export const spellings: Readonly<Record<string, string>> = otherSpellings;

/**
 * The columns: the attributes of the contract, in its order, each in one spelling. Does not compile if an attribute is
 * added, removed or changes its kind.
 */
export const columns: Readonly<Record<string, Kind>> = {
  AdditionalInfo: 'text',
  AvailabilityId: 'text',
  BenefitId: 'text',
  BenefitOrderId: 'text',
  BenefitType: 'text',
  BillingCurrency: 'text',
  BillingPreTaxTotal: 'decimal',
  ChargeEndDate: 'date',
  ChargeStartDate: 'date',
  ChargeType: 'text',
  ConsumedService: 'text',
  CreditPercentage: 'decimal',
  CreditType: 'text',
  CustomerCountry: 'text',
  CustomerDomainName: 'text',
  CustomerId: 'text',
  CustomerName: 'text',
  EffectiveUnitPrice: 'decimal',
  EntitlementDescription: 'text',
  EntitlementId: 'text',
  InvoiceNumber: 'text',
  MeterCategory: 'text',
  MeterId: 'text',
  MeterName: 'text',
  MeterRegion: 'text',
  MeterSubCategory: 'text',
  MeterType: 'text',
  MpnId: 'text',
  PartnerEarnedCreditPercentage: 'decimal',
  PartnerId: 'text',
  PartnerName: 'text',
  PCToBCExchangeRate: 'decimal',
  PCToBCExchangeRateDate: 'date',
  PricingCurrency: 'text',
  PricingPreTaxTotal: 'decimal',
  ProductId: 'text',
  ProductName: 'text',
  PublisherId: 'text',
  PublisherName: 'text',
  Quantity: 'decimal',
  ResourceGroup: 'text',
  ResourceLocation: 'text',
  ResourceURI: 'text',
  ServiceInfo1: 'text',
  ServiceInfo2: 'text',
  SkuId: 'text',
  SkuName: 'text',
  SubscriptionDescription: 'text',
  SubscriptionId: 'text',
  Tags: 'text',
  Tier2MpnId: 'text',
  Unit: 'text',
  UnitPrice: 'decimal',
  UnitType: 'text',
  UsageDate: 'date',
} satisfies Omit<Attributes, keyof typeof otherSpellings>;

/** The column for attributes that are not in the contract, as one JSON object. */
export const OTHER = 'Other';
