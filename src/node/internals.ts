/**
 * What the command needs beyond the two public entries: it resumes, converts and reads directories under their lock.
 * `src/cli/` imports the entries and this file, nothing else, so this list shows every internal that the command depends
 * on. No entry of the package exports it.
 */
export { parseExact } from '../exact-numbers.ts';
export { checkExportRequest } from '../export-request.ts';
export { excerpt } from '../redact.ts';
export { downloadInto, resultOf } from './download-export.ts';
export { ExportDirectory } from './export-directory.ts';
export { readState } from './export-state.ts';
export { completeFiles } from './read-download.ts';
export { isDamage, readItems, readText, type StoredFile, storedFiles } from './stored-file.ts';
export { writeWhole } from './whole-file.ts';
