import { contract } from '../../spec/build/contract.ts';
import { toOpenApi30 } from '../../spec/build/openapi-3.0.ts';
import type { Row } from './language.ts';

/** The attributes of the copy for generators, with one spelling each. */
const attributes: Record<string, { type: string }> = toOpenApi30(contract).components.schemas.UsageLineItem.properties;

const asText = ((_: string, value: unknown, { source }: { source: string }) =>
  typeof value === 'number' ? source : value) as Parameters<typeof JSON.parse>[1];

/** Returns the attributes of line items that have a value. Amounts are as a client with this type has them. */
export function lineItems(jsonLines: string, amounts: Row['amounts']): Record<string, unknown>[] {
  return jsonLines
    .trimEnd()
    .split('\n')
    .map((line) => {
      const entries = Object.entries<string>(JSON.parse(line, asText)).filter(
        ([name, value]) => attributes[name] && value,
      );
      const read = entries.map(([name, value]) => {
        return [name, attributes[name]?.type === 'number' ? amountOf(value, amounts) : value];
      });
      return Object.fromEntries(read);
    });
}

function amountOf(text: string, amounts: Row['amounts']): string | number {
  if (amounts === 'double') return Number(text);
  const [, sign, whole = '', places = '', exponent = '0'] =
    /^(-?)(\d+)(?:\.(\d+))?(?:[eE]([+-]?\d+))?$/.exec(text) ?? [];
  const digits = (whole + places).replace(/^0+/, '');
  const significant = digits.replace(/0+$/, '');
  if (!significant) return '0';
  return `${sign}${significant}e${Number(exponent) - places.length + digits.length - significant.length}`;
}
