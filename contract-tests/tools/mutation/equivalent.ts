/** Changes without effect, and why. An entry that is killed or no longer exists is an error. */
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
  reason: 'OperationBase, next to it in the allOf, requires an object too. Generators need the type in each branch.',
});

const enumType = (property: string): Equivalent => ({
  pointer: `${schemas}/UnbilledUsageExportRequest/properties/${property}/type`,
  changes: ['removed', 'changed to ["string","null"]'],
  reason: 'The enum next to it only has texts. Generators need the type.',
});

const constType = (schema: string): Equivalent => ({
  pointer: `${schemas}/${schema}/allOf/1/properties/@odata.type/type`,
  changes: ['removed', 'changed to ["string","null"]'],
  reason: 'The const next to it is a text. Generators need the type.',
});

const linkTail = (pointer: string, resource: string): Equivalent => ({
  pointer,
  changes: [`changed to ${JSON.stringify(`/reports/partners/billing/${resource}/[^/?#]+/?([?#].*){0,2}$`)}`],
  reason: 'The first query or fragment matches everything, so a second one cannot start.',
});

export const equivalents: Equivalent[] = [
  enumType('billingPeriod'),
  enumType('attributeSet'),
  constType('RunningOperation'),
  constType('ExportSuccessOperation'),
  constType('FailedOperation'),
  {
    pointer: `${schemas}/Operation`,
    changes: ['oneOf changed to anyOf'],
    reason: 'Each of the three requires a different @odata.type, so only one can match.',
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
