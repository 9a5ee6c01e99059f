import { gzipSync } from 'node:zlib';
import { spec } from '../document/document.ts';

/** A line item as stored: numbers are strings with their digits as written. */
export type StoredItem = Record<string, string>;

const properties: [string, { $ref?: string }][] = Object.entries(spec.components.schemas.UsageLineItem.properties);

/** The attributes that are JSON numbers according to the contract. */
export const decimals: ReadonlySet<string> = new Set(
  properties.filter(([, schema]) => schema.$ref?.endsWith('/Decimal')).map(([name]) => name),
);

/** Returns the exact line of a blob. */
export function toLine(item: StoredItem): string {
  const members = Object.entries(item).map(([name, value]) => {
    const text = decimals.has(name) && value !== '' ? value : JSON.stringify(value);
    return `${JSON.stringify(name)}:${text}`;
  });
  return `{${members.join(',')}}`;
}

export function toBlob(items: readonly StoredItem[]): Uint8Array {
  return gzipSync(items.map((item) => `${toLine(item)}\n`).join(''));
}

const customers = [
  ['Contoso Ltd.', 'contoso.example', 'US'],
  ['Fabrikam "Nord" GmbH', 'fabrikam.example', 'DE'],
  ['Łódź Energia S.A.', 'energia.example', 'PL'],
  ['東京物産株式会社', 'bussan.example', 'JP'],
  ['Café Müller & Søn 🚚', 'muller.example', 'DK'],
  ['Woodgrove Bank', 'woodgrove.example', 'GB'],
  ['Adventure Works', 'adventure.example', 'CA'],
] as const;

/** Category, subcategory, meter, unit, resource type, list price in USD, and the largest quantity in a line item. */
const meters = [
  ['Virtual Machines', 'Dv5 Series', 'D4s v5', '1 Hour', 'microsoft.compute/virtualmachines', '0.192', 24],
  [
    'Storage',
    'Tiered Block Blob',
    'Hot LRS Data Stored',
    '1 GB/Month',
    'microsoft.storage/storageaccounts',
    '0.0184',
    2_000,
  ],
  [
    'Bandwidth',
    'Rtn Preference: MGN',
    'Standard Data Transfer Out',
    '1 GB',
    'microsoft.network/publicipaddresses',
    '0.087',
    300,
  ],
  [
    'Azure Database for PostgreSQL',
    'Flexible Server',
    'vCore',
    '1 Hour',
    'microsoft.dbforpostgresql/servers',
    '0.1015',
    24,
  ],
  ['Azure OpenAI', 'Tokens', 'Input Tokens', '1K', 'microsoft.cognitiveservices/accounts', '0.0000025', 90_000],
] as const;

/** Pricing currency, its exchange rate to the billing currency, and how many of it are a US dollar, roughly. */
const currencies = [
  ['USD', '1', '1'],
  ['EUR', '1.1084', '0.9'],
  ['GBP', '1.3277', '0.75'],
  ['JPY', '0.0069', '145'],
] as const;

/** Multiplies decimals exactly. Keeps 20 digits after the point, like the amounts that have been observed. */
function multiply(...factors: readonly string[]): string {
  const places = factors.reduce((sum, factor) => sum + (factor.split('.')[1]?.length ?? 0), 0);
  const product = factors.reduce((product, factor) => product * BigInt(factor.replace('.', '')), 1n);
  const digits = `${product}`.padStart(places + 1, '0');
  const [whole, fraction] = [digits.slice(0, digits.length - places), digits.slice(digits.length - places)];
  return `${whole}.${fraction.slice(0, 20)}`.replace(/\.?0*$/, '');
}

/**
 * Generates the line items of a made-up partner's month, with all attributes. The same count and seed give the same
 * items.
 */
export function* partnerMonth(count: number, seed = 1): Generator<StoredItem> {
  let state = Math.imul(seed, 20_240_901);
  const random = (below: number): number => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
  const pick = <T>(of: readonly T[]): T => of[random(of.length)] as T;
  const digits = (n: number): string => Array.from({ length: n }, () => random(10)).join('');
  const guid = (kind: number, n: number): string =>
    `${kind.toString(16).padStart(8, '0')}-0000-4000-8000-${n.toString(16).padStart(12, '0')}`;

  for (let n = 0; n < count; n++) {
    const customer = random(customers.length);
    const [name, domain, country] = customers[customer] as (typeof customers)[number];
    const [category, subCategory, meter, unit, resourceType, listPrice, most] = pick(meters);
    const subscription = customer * 10 + random(10);
    const group = `rg-${pick(['web', 'data', 'batch', 'shared'])}-${random(20)}`;
    const region = pick(['westeurope', 'eastus', 'japaneast', 'northeurope']);
    const day = `2024-09-${String(1 + random(30)).padStart(2, '0')}T00:00:00Z`;
    const [pricingCurrency, exchangeRate, perDollar] = pick(currencies);
    const credit = pick(['0', '15.0', '']);
    const price = multiply(listPrice, perDollar);
    const effectivePrice = credit === '15.0' ? multiply(price, '0.85') : price;
    const resource = `/subscriptions/${guid(2, subscription)}/resourceGroups/${group}/providers/${resourceType}/r${random(500)}`;
    const quantity = `${random(most)}.${digits(12)}`;
    const refund = random(50) === 0;
    const sign = refund ? '-' : '';
    yield {
      PartnerId: guid(1, 0),
      PartnerName: 'Northwind Cloud Services',
      CustomerId: guid(1, 1 + customer),
      CustomerName: name,
      CustomerDomainName: domain,
      CustomerCountry: country,
      MpnId: '4390934',
      Tier2MpnId: '',
      InvoiceNumber: '',
      ProductId: 'DZH318Z0BPS6',
      SkuId: '0001',
      AvailabilityId: 'DZH318Z0CQ8V',
      SkuName: meter,
      ProductName: category,
      PublisherName: 'Microsoft',
      PublisherId: '',
      SubscriptionId: guid(2, subscription),
      SubscriptionDescription: `Azure plan – ${name}`,
      ChargeStartDate: '2024-09-01T00:00:00Z',
      ChargeEndDate: '2024-09-30T00:00:00Z',
      UsageDate: day,
      MeterType: `${category} - ${meter}`,
      MeterCategory: category,
      MeterId: guid(
        3,
        meters.findIndex(([each]) => each === category),
      ),
      MeterSubCategory: subCategory,
      MeterName: meter,
      MeterRegion: region,
      Unit: unit,
      ResourceLocation: region.toUpperCase(),
      ConsumedService: resourceType.split('/')[0] ?? '',
      ResourceGroup: group,
      ResourceURI: resource,
      ChargeType: refund ? 'credit' : 'new',
      UnitPrice: price,
      Quantity: sign + quantity,
      UnitType: unit,
      BillingPreTaxTotal: sign + multiply(quantity, effectivePrice, exchangeRate),
      BillingCurrency: 'USD',
      PricingPreTaxTotal: sign + multiply(quantity, effectivePrice),
      PricingCurrency: pricingCurrency,
      ServiceInfo1: '',
      ServiceInfo2: '',
      Tags:
        random(3) === 0
          ? ''
          : JSON.stringify({ env: pick(['prod', 'test']), 'cost center': digits(4), path: 'C:\\app' }),
      AdditionalInfo: random(4) === 0 ? '' : JSON.stringify({ ServiceType: meter, VCPUs: random(64), Price: 0.5 }),
      EffectiveUnitPrice: effectivePrice,
      PCToBCExchangeRate: exchangeRate,
      PCToBCExchangeRateDate: '2024-09-01T00:00:00Z',
      EntitlementId: guid(4, subscription),
      EntitlementDescription: `Entitlement of ${name}`,
      PartnerEarnedCreditPercentage: credit,
      CreditPercentage: pick(['0', '1E+2', '']),
      CreditType: refund ? 'Credit' : 'Not Applicable',
      BenefitOrderId: '',
      BenefitId: '',
      BenefitType: 'Charge',
    };
  }
}
