import { breach, type Check, documentation, schemaBreaches } from './check.ts';
import type { Visit } from './visit.ts';

const notAccepted = ({ exportExchange: { status } }: Visit) => `the export was answered with ${status} instead of 202`;

export const exportChecks: Check[] = [
  {
    name: 'export-accepted',
    demands: 'answers an export with 202',
    see: documentation.exportAction,
    breaches: ({ exportExchange }) =>
      exportExchange.status === 202 ? [] : [breach('export', `${exportExchange.status}`, '202', exportExchange)],
  },
  {
    name: 'export-location',
    demands: 'names the operation in the Location of the 202',
    see: documentation.longRunning,
    without: notAccepted,
    breaches({ exportExchange }) {
      if (exportExchange.status !== 202) return undefined;
      const location = exportExchange.headers.get('location');
      if (location === null) return [breach('export', 'no Location', 'the URL of the operation', exportExchange)];
      return schemaBreaches('Location', '/components/headers/OperationLocation/schema', location, exportExchange);
    },
  },
  {
    name: 'export-no-body',
    demands: 'sends no body with the 202',
    see: documentation.exportAction,
    without: notAccepted,
    breaches({ exportExchange }) {
      if (exportExchange.status !== 202) return undefined;
      const { length } = exportExchange.text;
      return length > 0 ? [breach('export', `a body of ${length} characters`, 'none', exportExchange)] : [];
    },
  },
];
