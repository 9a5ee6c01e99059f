import { describeObject } from '../support/describe-object.ts';
import { anObject, type Kind, listOf, orNull, someText, text } from '../support/documented-values.ts';

const detail: Kind = {
  is: 'a detail',
  takes: [{}, { code: 'a', target: null }],
  refuses: [...anObject.refuses, { code: 1 }],
};
const innerError: Kind = {
  is: 'an inner error',
  takes: [{}, { date: '2024-10-01T08:12:53', 'request-id': '1', innerError: { code: 'x' } }],
  refuses: [...anObject.refuses, { code: 1 }, { date: 1 }],
};
const error = { code: 'BadRequest', message: 'Invalid currency code.' };
const common = {
  code: [someText, 'required'],
  message: [text, 'required'],
  target: [orNull(text), 'optional'],
  details: [orNull(listOf(detail)), 'optional'],
} as const;

describeObject('GraphError', { error }, { error: [{ ...anObject, takes: [error] }, 'required'] });

describeObject(
  'the error in a GraphError',
  error,
  { ...common, innerError: [innerError, 'optional'], innererror: [innerError, 'optional'] },
  { schema: 'GraphError', put: (object) => ({ error: object }) },
);

describeObject('PublicError', error, { ...common, innerError: [orNull(anObject), 'optional'] });

describeObject(
  'ErrorDetail',
  {},
  {
    code: [text, 'optional'],
    message: [text, 'optional'],
    target: [orNull(text), 'optional'],
  },
);

describeObject(
  'InnerError',
  {},
  {
    code: [text, 'optional'],
    date: [text, 'optional'],
    'request-id': [text, 'optional'],
    'client-request-id': [text, 'optional'],
  },
);
