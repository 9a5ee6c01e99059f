import type { UsageLineItem as Schema } from '../generated/index.ts';

/**
 * The type of a decimal for each value of the option `numbers`. A missing value is `''`, and the contract also allows a
 * decimal in quotes, so that even with `number` it may be a string.
 */
export interface Decimals {
  /** With `numbers: 'number'`. */
  number: number | string;
  /** With `numbers: 'string'`. */
  string: string;
}

/**
 * A line item. `Decimal` is the type of its decimals, which is `string` with `numbers: 'string'`. A missing value is `''`.
 *
 * @example
 * const { ANewAttribute }: Record<string, unknown> = item; // An attribute that the contract does not know.
 */
export type UsageLineItem<Decimal = Decimals['number']> = {
  // Without the index signature of the schema, with which any misspelling would compile.
  [Name in keyof Schema as string extends Name ? never : Name]: number extends Schema[Name] ? Decimal : Schema[Name];
};
