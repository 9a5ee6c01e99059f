import { problems } from '../document/problems.ts';
import { breach, type Check, documentation } from './check.ts';

export const exportChecks: Check[] = [
  {
    name: 'export-accepted',
    demands: 'answers an export with 202',
    see: documentation.exportAction,
    breaches: ({ exported: { status } }) => (status === 202 ? [] : [breach('export', `${status}`, '202')]),
  },
  {
    name: 'export-location',
    demands: 'names the operation in the Location of the 202',
    see: documentation.longRunning,
    without: 'no export was accepted',
    breaches({ exported: { status, headers } }) {
      if (status !== 202) return undefined;
      const location = headers.get('location');
      if (location === null) return [breach('export', 'no Location', 'the URL of the operation')];
      return problems('/components/headers/OperationLocation/schema', location).map((problem) => `Location ${problem}`);
    },
  },
  {
    name: 'export-no-body',
    demands: 'sends no body with the 202',
    see: documentation.exportAction,
    without: 'no export was accepted',
    breaches: ({ exported: { status, text } }) =>
      status === 202 ? (text ? [breach('export', `a body of ${text.length} characters`, 'none')] : []) : undefined,
  },
];
