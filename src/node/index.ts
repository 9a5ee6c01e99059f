/**
 * Downloads to a directory, resumable and verified, and reads what is there.
 *
 * @module partner-unbilled-usage/node
 */
export { DirectoryError } from './directory-error.ts';
export { type DownloadedFile, type DownloadOptions, type DownloadResult, downloadExport } from './download-export.ts';
export { readDownload } from './read-download.ts';
