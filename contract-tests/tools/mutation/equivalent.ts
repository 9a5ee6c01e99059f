/** Changes that make no difference, and why. An entry that is killed, or is no mutant any more, is an error. */
export interface Equivalent {
  pointer: string;
  changes: string[];
  reason: string;
}

const schemas = '/components/schemas';

const alsoTyped = ['removed', 'changed to ["object","null"]'];
const typeOf = (pointer: string): Equivalent => ({
  pointer: `${schemas}/${pointer}/type`,
  changes: alsoTyped,
  reason:
    'OperationBase, which stands beside it in the allOf, demands an object, too. Generators want it in each branch.',
});

const enumType = (property: string): Equivalent => ({
  pointer: `${schemas}/UnbilledUsageExportRequest/properties/${property}/type`,
  changes: ['removed', 'changed to ["string","null"]'],
  reason: 'The enum beside it has texts alone. Generators want the type.',
});

const linkTail = (pointer: string, resource: string): Equivalent => ({
  pointer,
  changes: [`changed to ${JSON.stringify(`/reports/partners/billing/${resource}/[^/?#]+/?([?#].*){0,2}$`)}`],
  reason: 'The first query or fragment has taken everything before a second one could begin.',
});

export const equivalents: Equivalent[] = [
  enumType('billingPeriod'),
  enumType('attributeSet'),
  {
    pointer: `${schemas}/Operation`,
    changes: ['oneOf changed to anyOf'],
    reason: 'Each of the three demands an @odata.type of its own, so none fits beside another.',
  },
  typeOf('RunningOperation/allOf/1'),
  typeOf('ExportSuccessOperation/allOf/1'),
  typeOf('ExportSuccessOperation/allOf/2/anyOf/0'),
  typeOf('ExportSuccessOperation/allOf/2/anyOf/1'),
  typeOf('FailedOperation/allOf/1'),
  linkTail('/components/headers/OperationLocation/schema/pattern', 'operations'),
  linkTail(
    `${schemas}/ExportSuccessOperation/allOf/2/anyOf/1/properties/resourceLocation@odata.navigationLink/pattern`,
    'manifests',
  ),
];
