import { readExport } from './flow.js';

export default {
  fetch: async (_request, { BASE_URL }) => Response.json(await readExport(BASE_URL)),
};
