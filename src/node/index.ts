/**
 * Downloads to a directory, resumable and verified.
 *
 * @module partner-unbilled-usage/node
 */
export { DirectoryError } from './directory-error.ts';
export { type DownloadedFile, type DownloadOptions, type DownloadResult, downloadExport } from './download-export.ts';
