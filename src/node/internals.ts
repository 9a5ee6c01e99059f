/**
 * The internals that the command needs to resume, convert and read a locked directory. `src/cli/` imports only the two
 * public entries and this file, so the list is complete. No entry of the package exports it.
 */
export { attempt, TimedOut } from '../delay.ts';
export { checkExportRequest } from '../export-request.ts';
export { excerpt, redact } from '../redact.ts';
export { downloadInto, resultOf } from './download-export.ts';
export { ExportDirectory } from './export-directory.ts';
export { readState } from './export-state.ts';
export { completeFiles } from './read-download.ts';
export { checkFiles, readItems, readText, type StoredFile, storedFiles } from './stored-file.ts';
export { writeWhole } from './whole-file.ts';
