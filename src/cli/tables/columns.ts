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
 * The columns: the attributes of the contract, each in one spelling, in the order of the vendor's own file. Does not
 * compile if an attribute is added, removed or changes its kind.
 *
 * @see https://learn.microsoft.com/en-us/partner-center/billing/daily-rated-usage-recon-files
 */
export const columns: Readonly<Record<string, Kind>> = {
  PartnerId: 'text',
  PartnerName: 'text',
  CustomerId: 'text',
  CustomerName: 'text',
  CustomerDomainName: 'text',
  CustomerCountry: 'text',
  MpnId: 'text',
  Tier2MpnId: 'text',
  InvoiceNumber: 'text',
  ProductId: 'text',
  SkuId: 'text',
  AvailabilityId: 'text',
  SkuName: 'text',
  ProductName: 'text',
  PublisherName: 'text',
  PublisherId: 'text',
  SubscriptionDescription: 'text',
  SubscriptionId: 'text',
  ChargeStartDate: 'date',
  ChargeEndDate: 'date',
  UsageDate: 'date',
  MeterType: 'text',
  MeterCategory: 'text',
  MeterId: 'text',
  MeterSubCategory: 'text',
  MeterName: 'text',
  MeterRegion: 'text',
  Unit: 'text',
  ResourceLocation: 'text',
  ConsumedService: 'text',
  ResourceGroup: 'text',
  ResourceURI: 'text',
  ChargeType: 'text',
  UnitPrice: 'decimal',
  Quantity: 'decimal',
  UnitType: 'text',
  BillingPreTaxTotal: 'decimal',
  BillingCurrency: 'text',
  PricingPreTaxTotal: 'decimal',
  PricingCurrency: 'text',
  ServiceInfo1: 'text',
  ServiceInfo2: 'text',
  Tags: 'text',
  AdditionalInfo: 'text',
  EffectiveUnitPrice: 'decimal',
  PCToBCExchangeRate: 'decimal',
  PCToBCExchangeRateDate: 'date',
  EntitlementId: 'text',
  EntitlementDescription: 'text',
  PartnerEarnedCreditPercentage: 'decimal',
  CreditPercentage: 'decimal',
  CreditType: 'text',
  BenefitOrderId: 'text',
  BenefitId: 'text',
  BenefitType: 'text',
} satisfies Omit<Attributes, keyof typeof otherSpellings>;

/** The column for attributes that are not in the contract, as one JSON object. */
export const OTHER = 'Other';

/** Every column of a file, in order. */
export const allColumns: readonly string[] = [...Object.keys(columns), OTHER];
